extension DraftRules {
    /// Draft 14: the defaults of every question.
    static let draft14 = DraftRules()
}
