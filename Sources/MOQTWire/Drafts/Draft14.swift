extension DraftRules {
    /// Draft 14: the defaults of every question.
    ///
    /// Of what its text leaves open: a DELIVERY_TIMEOUT of 0 means none, as later drafts say. Of what it forbids, a
    /// datagram "does not exist" with properties is taken: its own table has a type for that, and its published vectors
    /// use it (datagram.json, type-0x21).
    static let draft14 = DraftRules()
}
