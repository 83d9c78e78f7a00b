extension DraftRules {
    /// Draft 21: the text was put in another order; the bytes are draft 20's.
    static let draft21 = draft20
}
