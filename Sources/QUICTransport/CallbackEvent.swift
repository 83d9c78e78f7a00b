import Containers

/// One thing that ngtcp2 reported while it was called.
struct CallbackEvent {
    enum Kind: UInt8 {
        case handshakeCompleted, handshakeConfirmed
        /// `payload`, `flag` is FIN.
        case streamData
        /// `a` is the application's code if `flag`.
        case streamClosed
        /// `a` is the code.
        case streamReset
        /// `a` bytes more are acknowledged.
        case streamAcknowledged
        case streamCreditExtended
        case unidirectionalStreamsExtended, bidirectionalStreamsExtended
        case datagram
        /// `a` is the connection ID.
        case connectionIDIssued, connectionIDRetired
        case statelessReset
        /// `payload` is the reset token that the peer gave with an ID which is now in use (`flag`) or not.
        case peerIDStatus
        /// `payload` is the token.
        case addressToken
        case pathValidated
    }

    var kind: Kind
    var flag = false
    var stream = StreamID(0)
    var a: UInt64 = 0
    var payload = Payload()
}
