import MOQTModel

extension WireReader {
    /// A namespace tuple, or a prefix or suffix of one: at most 32 fields and 4096 bytes
    /// (draft-18 section 2.4.1).
    ///
    /// An empty prefix is taken from every draft, although some begin at one field: a widespread peer sends
    /// it on all of them.
    mutating func namespace(_ rules: DraftRules, mayBeEmpty: Bool) throws(WireError) -> TrackNamespace {
        let count = try varint()
        guard count <= UInt64(TrackNamespace.maximumFieldCount) else {
            throw .protocolViolation("namespace of more than 32 fields")
        }
        guard count > 0 || mayBeEmpty else { throw .protocolViolation("namespace without fields") }
        var fields: [[UInt8]] = []
        fields.reserveCapacity(Int(count))
        var total = 0
        for _ in 0..<count {
            let field = try bytes(limit: TrackNamespace.maximumByteCount, "namespace over 4096 bytes")
            guard !field.isEmpty || rules.emptyNamespaceFieldsAllowed else {
                throw .protocolViolation("empty namespace field")
            }
            total += field.count
            guard total <= TrackNamespace.maximumByteCount else {
                throw .protocolViolation("namespace over 4096 bytes")
            }
            fields.append(field)
        }
        return TrackNamespace(fields)
    }

    /// A full track name: together at most 4096 bytes.
    mutating func trackName(_ rules: DraftRules) throws(WireError) -> FullTrackName {
        let namespace = try namespace(rules, mayBeEmpty: rules.emptyNamespacesAllowed)
        let name = try bytes(limit: TrackNamespace.maximumByteCount, "track name over 4096 bytes")
        guard namespace.byteCount + name.count <= TrackNamespace.maximumByteCount else {
            throw .protocolViolation("full track name over 4096 bytes")
        }
        return FullTrackName(namespace: namespace, name: name)
    }
}

extension WireWriter {
    /// Throws `notExpressible` for what the draft's receivers close the session for.
    mutating func namespace(
        _ namespace: TrackNamespace, _ rules: DraftRules, mayBeEmpty: Bool
    ) throws(WireError) {
        guard mayBeEmpty || !namespace.fields.isEmpty else {
            throw .notExpressible("namespace without fields")
        }
        guard namespace.fields.count <= TrackNamespace.maximumFieldCount else {
            throw .notExpressible("namespace of more than 32 fields")
        }
        guard namespace.byteCount <= TrackNamespace.maximumByteCount else {
            throw .notExpressible("namespace over 4096 bytes")
        }
        try varint(UInt64(namespace.fields.count))
        for field in namespace.fields {
            guard !field.isEmpty || rules.emptyNamespaceFieldsAllowed else {
                throw .notExpressible("empty namespace field")
            }
            try lengthPrefixed(field)
        }
    }

    mutating func trackName(_ track: FullTrackName, _ rules: DraftRules) throws(WireError) {
        guard track.namespace.byteCount + track.name.count <= TrackNamespace.maximumByteCount else {
            throw .notExpressible("full track name over 4096 bytes")
        }
        try namespace(track.namespace, rules, mayBeEmpty: rules.emptyNamespacesAllowed)
        try lengthPrefixed(track.name)
    }
}
