import MOQTModel

/// Messages that end or report something instead of answering: cancellations and what stands on the answering
/// half of a namespace subscription.
extension ControlCodec {
    func cancellation(_ type: UInt64, _ reader: inout WireReader) throws(WireError) -> ControlMessage? {
        switch type {
        case MessageType.unsubscribe where rules.cancelsByMessage:
            return .unsubscribe(RequestID(try reader.varint()))
        case MessageType.fetchCancel where rules.cancelsByMessage:
            return .fetchCancel(RequestID(try reader.varint()))
        case MessageType.publishNamespaceDone:
            return try reference(rules.publishNamespaceEndNames, &reader, prefix: false)
                .map(ControlMessage.publishNamespaceDone)
        case MessageType.publishNamespaceCancel:
            guard let named = try reference(rules.publishNamespaceEndNames, &reader, prefix: false) else {
                return nil
            }
            let code = errors.request(try reader.varint(), .publishNamespace)
            return .publishNamespaceCancel(named, RequestFailure(code, try reader.reason()))
        case MessageType.unsubscribeNamespace:
            return try reference(rules.unsubscribeNamespaceNames, &reader, prefix: true)
                .map(ControlMessage.unsubscribeNamespace)
        default: return nil
        }
    }

    private func reference(
        _ naming: DraftRules.NamespaceNaming, _ reader: inout WireReader, prefix: Bool
    ) throws(WireError) -> NamespaceReference? {
        switch naming {
        case .namespace:
            .namespace(try reader.namespace(rules, mayBeEmpty: prefix || rules.emptyNamespacesAllowed))
        case .request: .request(RequestID(try reader.varint()))
        case .stream: nil
        }
    }

    private func write(
        _ reference: NamespaceReference, _ naming: DraftRules.NamespaceNaming, _ body: inout WireWriter
    ) throws(WireError) {
        switch (naming, reference) {
        case (.namespace, .namespace(let namespace)):
            try body.namespace(namespace, rules, mayBeEmpty: false)
        case (.request, .request(let id)): try body.varint(id.value)
        default: throw .notExpressible("namespace named in another draft's way")
        }
    }

    func encodeCancel(
        _ id: RequestID, _ type: UInt64, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        guard rules.cancelsByMessage else { throw .notExpressible("cancellation by message") }
        try body.varint(id.value)
        return type
    }

    func encodeDone(_ reference: NamespaceReference, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        try write(reference, rules.publishNamespaceEndNames, &body)
        return MessageType.publishNamespaceDone
    }

    func encodeCancel(
        _ reference: NamespaceReference, _ failure: RequestFailure, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        try write(reference, rules.publishNamespaceEndNames, &body)
        try body.varint(errors.code(failure.code, .publishNamespace))
        try body.reason(failure.reason)
        return MessageType.publishNamespaceCancel
    }

    func encodeUnsubscribe(
        _ reference: NamespaceReference, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        try write(reference, rules.unsubscribeNamespaceNames, &body)
        return MessageType.unsubscribeNamespace
    }

    // MARK: Below a prefix

    func namespaceMessage(_ type: UInt64, _ reader: inout WireReader) throws(WireError) -> ControlMessage? {
        guard rules.namespaceAnnouncedAs == .namespaceMessages else { return nil }
        switch type {
        case MessageType.namespace: return .namespace(try reader.namespace(rules, mayBeEmpty: true))
        case MessageType.namespaceDone: return .namespaceDone(try reader.namespace(rules, mayBeEmpty: true))
        case MessageType.publishSkipped where rules.hasPublishSkipped:
            let suffix = try reader.namespace(rules, mayBeEmpty: true)
            let name = try reader.bytes(limit: TrackNamespace.maximumByteCount, "track name over 4096 bytes")
            return .publishSkipped(suffix: suffix, name: name)
        default: return nil
        }
    }

    func encodeSuffix(
        _ suffix: TrackNamespace, _ type: UInt64, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        guard rules.namespaceAnnouncedAs == .namespaceMessages else { throw .notExpressible("NAMESPACE") }
        try body.namespace(suffix, rules, mayBeEmpty: true)
        return type
    }

    func encodeSkipped(
        _ suffix: TrackNamespace, _ name: [UInt8], _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        guard rules.hasPublishSkipped else { throw .notExpressible("PUBLISH_SKIPPED") }
        try body.namespace(suffix, rules, mayBeEmpty: true)
        guard name.count <= TrackNamespace.maximumByteCount else {
            throw .notExpressible("track name over 4096 bytes")
        }
        try body.lengthPrefixed(name)
        return MessageType.publishSkipped
    }
}
