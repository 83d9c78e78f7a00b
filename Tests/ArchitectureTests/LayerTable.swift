/// Who may import whom: DESIGN's two columns and their meeting place. `Package.swift` lists what each target
/// does import; this is what it may.
enum LayerTable {
    /// Sees no Foundation, no C library, no clock.
    static let pure = [
        "Containers", "MOQTModel", "MOQTWire", "MOQTSession", "RelayCore", "TransportInterface", "MOQTPeer",
    ]

    static let allowed: [String: Set<String>] = [
        // The pure column.
        "Containers": [],
        "MOQTModel": ["Containers"],
        "MOQTWire": ["MOQTModel", "Containers"],
        // JSON for tools: beside the pure column, not in it.
        "MOQTText": ["MOQTWire", "MOQTModel", "Containers", "FoundationEssentials"],
        "MOQTSession": ["MOQTWire", "MOQTModel", "Containers"],
        "RelayCore": ["MOQTModel", "Containers"],
        "Registry": edge.union(["MOQTModel", "CCurl"]),
        // The transport column.
        "TransportInterface": ["Containers"],
        "QUICTransport": [
            "TransportInterface", "Containers", "CQUIC", "CNgtcp2", "CGnuTLS", "Glibc", "Synchronization",
        ],
        "WebTransport": [
            "QUICTransport", "TransportInterface", "Containers", "CNghttp3", "Glibc", "Synchronization",
        ],
        // Where they meet.
        "MOQTPeer": [
            "MOQTSession", "MOQTWire", "MOQTModel", "RelayCore", "TransportInterface", "Containers",
        ],
        "RelayHost": edge.union(both).union(["MOQTPeer", "RelayCore", "Registry"]),
        "MOQTClient": edge.union(both).union(["MOQTPeer", "RelayCore"]),
        "Tooling": edge.union(["MOQTModel"]),
        "Media": edge.union(["MOQTModel"]),
        "Bench": edge.union(both).union(["MOQTPeer", "RelayCore", "Tooling"]),
        // The programs.
        "cascade-relay": edge.union(tools).union(["RelayHost", "Registry"]),
        "cascade": edge.union(tools).union(["Bench", "MOQTClient", "Media", "MOQTSession", "MOQTText"]),
    ]

    /// Of the system, for targets at the edge.
    private static let edge: Set<String> = [
        "Glibc", "Dispatch", "Synchronization", "Foundation", "FoundationEssentials",
    ]
    private static let both: Set<String> = [
        "MOQTSession", "MOQTWire", "MOQTModel", "QUICTransport", "WebTransport", "TransportInterface",
        "Containers",
    ]
    private static let tools: Set<String> = [
        "Tooling", "MOQTWire", "MOQTModel", "QUICTransport", "Containers",
    ]
}
