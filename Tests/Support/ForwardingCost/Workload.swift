/// What is forwarded while instructions are counted.
struct Workload {
    var name: String
    var subscriberCount: Int
    var objectByteCount: Int
    var objectsPerGroup: UInt64
    var usesDatagrams = false
    /// Objects before the counting begins, and while it lasts.
    var warmUpCount = 60
    var countedCount = 60

    static let all = [
        // P1: video frames of 20 kB, a stream per group.
        Workload(name: "video", subscriberCount: 20, objectByteCount: 20_833, objectsPerGroup: 30),
        // P3: small video frames, a stream per group.
        Workload(name: "frames", subscriberCount: 40, objectByteCount: 4096, objectsPerGroup: 60),
        // P2: audio, a stream per group, and as datagrams.
        Workload(name: "audio", subscriberCount: 40, objectByteCount: 160, objectsPerGroup: 50),
        Workload(
            name: "datagrams", subscriberCount: 40, objectByteCount: 160, objectsPerGroup: 50,
            usesDatagrams: true),
    ]
}
