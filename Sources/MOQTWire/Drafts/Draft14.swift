extension DraftRules {
    /// Draft 14: the defaults of every question.
    ///
    /// Of what its text leaves open: a DELIVERY_TIMEOUT of 0 means none, as later drafts say.
    static let draft14 = DraftRules()
}
