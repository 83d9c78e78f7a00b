import CQUIC
import Glibc

/// Host names to addresses, on a thread of its own for each question: getaddrinfo blocks.
enum NameResolver {
    private final class Question: Sendable {
        let host: String
        let port: UInt16
        let answer: @Sendable (Result<[SocketAddress], TransportError>) -> Void

        init(
            _ host: String, _ port: UInt16,
            _ answer: @escaping @Sendable (Result<[SocketAddress], TransportError>) -> Void
        ) {
            self.host = host
            self.port = port
            self.answer = answer
        }
    }

    /// Calls `answer` once, on another thread. At most 16 addresses, in the system's order of preference.
    static func resolve(
        _ host: String, port: UInt16,
        _ answer: @escaping @Sendable (Result<[SocketAddress], TransportError>) -> Void
    ) throws(TransportError) {
        let result = start(Question(host, port, answer))
        guard result == 0 else {
            throw TransportError(.resolution, "cannot start a thread: \(systemErrorText(result))")
        }
    }

    private static func start(_ question: Question) -> Int32 {
        let retained = Unmanaged.passRetained(question)
        let result = cquic_start_thread(
            { argument in
                guard let argument else { return }
                let question = Unmanaged<Question>.fromOpaque(argument).takeRetainedValue()
                question.answer(NameResolver.ask(question.host, question.port))
            }, retained.toOpaque())
        if result != 0 { retained.release() }
        return result
    }

    private static func ask(_ host: String, _ port: UInt16) -> Result<[SocketAddress], TransportError> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            let text = gai_strerror(status).map { String(cString: $0) } ?? "error \(status)"
            return .failure(TransportError(.resolution, "cannot resolve \(host): \(text)"))
        }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee, found.count < 16 {
            next = entry.ai_next
            guard let raw = entry.ai_addr, entry.ai_family == AF_INET || entry.ai_family == AF_INET6 else {
                continue
            }
            var copy = cquic_address()
            let count = min(Int(entry.ai_addrlen), MemoryLayout<cquic_address>.size)
            withUnsafeMutableBytes(of: &copy) { $0.baseAddress?.copyMemory(from: raw, byteCount: count) }
            var address = SocketAddress(copy)
            address.port = port
            if !found.contains(address) { found.append(address) }
        }
        return .success(found)
    }
}
