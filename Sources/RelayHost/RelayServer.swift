import Dispatch
public import MOQTModel
import MOQTWire
import QUICTransport
import Synchronization

/// A relay: its shards, from start to drain.
///
/// `init` binds every socket, so that `listen` and `certificateSHA256` are known when it returns; then it
/// serves on threads of its own until `drain` or `stop`.
public final class RelayServer: Sendable {
    public static let version = "0.1.0"
    /// What SETUP says of us (MOQT_IMPLEMENTATION).
    public static let implementation = "Cascade/" + version

    /// Where it serves, with real ports.
    public let listen: [SocketAddress]
    /// SHA-256 of the certificate's DER form, in hex.
    public let certificateSHA256: String
    public let metrics = RelayMetrics()

    private let threads: [LoopThread]
    private let shards: [ShardReference]

    /// A shard as the server's owner sees it: only through letters.
    private struct ShardReference: @unchecked Sendable {
        let mailbox: Mailbox
        let shard: LoopShard
    }

    /// What a shard's thread reports when it has set itself up.
    private final class StartUp: Sendable {
        struct Result: @unchecked Sendable {
            var shard: LoopShard?
            var addresses: [SocketAddress] = []
            var failure: TransportError?
        }
        private let result = Mutex(Result())
        private let reported = DispatchSemaphore(value: 0)

        func report(_ value: Result) {
            result.withLock { $0 = value }
            reported.signal()
        }

        func wait() -> Result {
            reported.wait()
            return result.withLock { $0 }
        }
    }

    /// Throws when an address cannot be bound or the certificate cannot be read.
    public init(_ configuration: RelayConfiguration) throws(TransportError) {
        let identity: TLSContext
        if let files = configuration.certificate {
            identity = try TLSContext(certificateFile: files.chain, keyFile: files.key)
        } else {
            identity = try TLSContext(selfSignedFor: [])
        }
        certificateSHA256 = identity.sha256

        var threads: [LoopThread] = []
        var shards: [ShardReference] = []
        var addresses = configuration.listen
        var secret: [UInt8] = []
        for _ in 0..<32 { secret.append(UInt8.random(in: 0...255)) }
        let metrics = metrics
        do throws(TransportError) {
            for index in 0..<max(1, configuration.workers) {
                var quic = Self.quicConfiguration(configuration, identity: identity, shard: index)
                quic.staticSecret = secret
                let startUp = StartUp()
                let thread = try LoopThread(name: "cascade-\(index)") { [addresses, quic] loop in
                    startUp.report(
                        Self.setUp(UInt16(index), on: loop, binding: addresses, quic, configuration, metrics))
                }
                threads.append(thread)
                let result = startUp.wait()
                if let failure = result.failure { throw failure }
                guard let shard = result.shard else { throw TransportError(.state, "a shard did not start") }
                // A port that was left to the system is the same for every shard.
                addresses = result.addresses
                shards.append(ShardReference(mailbox: thread.mailbox, shard: shard))
            }
        } catch {
            for thread in threads {
                thread.stop()
                thread.join()
            }
            throw error
        }
        listen = addresses
        self.threads = threads
        self.shards = shards
        let mail = ShardMail(shards.map { ShardMail.Address(mailbox: $0.mailbox, shard: $0.shard) })
        for reference in shards { reference.mailbox.post { reference.shard.mail = mail } }
    }

    /// GOAWAY to every session; new requests are refused, subscriptions end at the end of a group. When all
    /// sessions have gone, or after the drain timeout, closes the sockets and calls `done` on a thread of its own
    /// choice.
    public func drain(_ done: @escaping @Sendable () -> Void) {
        let remaining = Atomic<Int>(shards.count)
        let box = Remaining(remaining)
        for reference in shards {
            reference.mailbox.post {
                let shard = reference.shard
                shard.beginDraining()
                shard.whenEmpty {
                    shard.close {
                        if box.finishedOne() { done() }
                    }
                }
            }
        }
    }

    /// Sends everything that concerns one namespace, or all below a prefix, to another relay, while sessions and other
    /// namespaces stay: GOAWAY on the streams of subscriptions, PUBLISH and PUBLISH_NAMESPACE requests.
    ///
    /// `uri` empty: to be made anew here. `timeout`: milliseconds after which what is left is ended with GOING_AWAY.
    /// Sessions of drafts without such a message (up to 17) are left alone.
    public func sendAway(_ prefix: TrackNamespace, to uri: String, timeout: UInt64 = 5_000) {
        for reference in shards {
            reference.mailbox.post { reference.shard.sendAway(prefix, to: uri, timeout: timeout) }
        }
    }

    /// Closes the sockets and ends the threads at once. Call after `drain`'s `done`, or to give up; not from a
    /// shard's thread.
    public func stop() {
        for reference in shards { reference.mailbox.post { reference.shard.abandon() } }
        for thread in threads { thread.stop() }
        for thread in threads { thread.join() }
    }

    private final class Remaining: Sendable {
        private let count: Atomic<Int>
        init(_ count: consuming Atomic<Int>) { self.count = count }
        /// True for the last one.
        func finishedOne() -> Bool { count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
    }

    private static func quicConfiguration(
        _ configuration: RelayConfiguration, identity: TLSContext, shard: Int
    ) -> QUICConfiguration {
        var names: [String] = []
        for draft in configuration.drafts where !names.contains(draft.alpn) { names.append(draft.alpn) }
        var quic = QUICConfiguration(applicationProtocols: names + ["h3"])
        quic.serverIdentity = identity
        quic.congestionController = configuration.congestionController
        quic.retryPolicy = configuration.retryPolicy
        quic.idleTimeoutMilliseconds = configuration.idleTimeout
        quic.usesGSO = configuration.usesGSO
        quic.usesGRO = configuration.usesGRO
        quic.reusesPort = configuration.workers > 1
        quic.shard = UInt8(truncatingIfNeeded: shard)
        quic.shardCount = UInt8(clamping: configuration.workers)
        return quic
    }

    private static func setUp(
        _ index: UInt16, on loop: EventLoop, binding addresses: [SocketAddress], _ quic: QUICConfiguration,
        _ configuration: RelayConfiguration, _ metrics: RelayMetrics
    ) -> StartUp.Result {
        let shard = LoopShard(index: index, loop: loop, configuration: configuration, metrics: metrics)
        var result = StartUp.Result(shard: shard)
        do throws(TransportError) {
            for address in addresses {
                let endpoint = try QUICEndpoint(loop: loop, bind: address, configuration: quic)
                shard.add(endpoint)
                result.addresses.append(endpoint.localAddress)
            }
        } catch {
            result.failure = error
        }
        return result
    }
}
