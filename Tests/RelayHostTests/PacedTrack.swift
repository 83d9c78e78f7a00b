import MOQTClient
import QUICTransport

/// Writes a known sequence of bytes to a track, as fast as its connection takes them.
final class PacedTrack {
    let publisher: TrackPublisher
    private(set) var digest = ByteDigest()
    private(set) var writtenByteCount = 0
    private let total: Int
    private let objectSize: Int
    private let objectsPerGroup: UInt64
    private var random: UInt64
    private var group: UInt64 = 0
    private var objectInGroup: UInt64 = 0

    init(
        _ publisher: TrackPublisher, byteCount: Int, objectSize: Int = 16_000, objectsPerGroup: UInt64 = 32,
        seed: UInt64 = 1
    ) {
        self.publisher = publisher
        total = byteCount
        self.objectSize = objectSize
        self.objectsPerGroup = objectsPerGroup
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    var isFinished: Bool { writtenByteCount >= total }

    /// Writes while little is waiting; ends the track after the last byte.
    func pump() {
        while !isFinished, publisher.waitingByteCount < 512 * 1024 {
            if objectInGroup == 0 { publisher.beginGroup(group) }
            let bytes = nextObject()
            bytes.withUnsafeBytes { digest.add($0) }
            publisher.write(bytes)
            writtenByteCount += bytes.count
            objectInGroup += 1
            if objectInGroup == objectsPerGroup {
                objectInGroup = 0
                group += 1
            }
            if isFinished { publisher.end() }
        }
    }

    private func nextObject() -> [UInt8] {
        let size = min(objectSize, total - writtenByteCount)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            for index in 0..<size {
                random ^= random << 13
                random ^= random >> 7
                random ^= random << 17
                buffer[index] = UInt8(truncatingIfNeeded: random)
            }
            count = size
        }
    }
}
