// swift-tools-version: 6.2
import Foundation
import PackageDescription

// ngtcp2 and nghttp3 come either from a private prefix (`.deps/`, filled by `make deps` on Debian 12) or
// from the system (Debian 13 and later). A build without them ends here with a sentence instead of a
// screenful of missing-header errors.
let root = Context.packageDirectory
let files = FileManager.default
let prefix = root + "/.deps/usr"
let usesPrivatePrefix = files.fileExists(atPath: prefix + "/include/ngtcp2/ngtcp2.h")
let required: [(header: String, package: String, mayBePrivate: Bool)] = [
    ("ngtcp2/ngtcp2.h", "libngtcp2-dev", true),
    ("ngtcp2/ngtcp2_crypto_gnutls.h", "libngtcp2-crypto-gnutls-dev", true),
    ("nghttp3/nghttp3.h", "libnghttp3-dev", true),
    ("gnutls/gnutls.h", "libgnutls28-dev", false),
]
let missing = required.filter { item in
    let private_ = item.mayBePrivate && files.fileExists(atPath: "\(prefix)/include/\(item.header)")
    return !private_ && !files.fileExists(atPath: "/usr/include/\(item.header)")
}
if !missing.isEmpty {
    let names = missing.map(\.package).joined(separator: ", ")
    let sentence = "Cascade needs \(names). Run `make deps` first: it installs what the build needs."
    FileHandle.standardError.write(Data("error: \(sentence)\n".utf8))
    exit(1)
}

let multiarch =
    ((try? files.contentsOfDirectory(atPath: prefix + "/lib")) ?? [])
    .first { $0.hasSuffix("-linux-gnu") } ?? "x86_64-linux-gnu"
let libraryDirectory = "\(prefix)/lib/\(multiarch)"

// AES-GCM three times faster, where the machine has it (x86-64).
let hasFastCiphers = files.fileExists(atPath: "/usr/include/intel-ipsec-mb.h")

// `make fuzz` sets this: everything is instrumented, and a static library is added that libFuzzer's own main
// links against (SwiftPM would rename ours).
let isFuzzing = Context.environment["CASCADE_FUZZ"] != nil
let cIncludes: [CSetting] = usesPrivatePrefix ? [.unsafeFlags(["-I\(prefix)/include"])] : []
let swiftSettings: [SwiftSetting] =
    [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
    + (usesPrivatePrefix ? [.unsafeFlags(["-Xcc", "-I\(prefix)/include"])] : [])
    + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer"])] : [])
let linkerSettings: [LinkerSetting] =
    usesPrivatePrefix
    ? [.unsafeFlags(["-L\(libraryDirectory)", "-Xlinker", "-rpath", "-Xlinker", libraryDirectory])] : []

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, swiftSettings: swiftSettings, linkerSettings: linkerSettings)
}
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, swiftSettings: swiftSettings, linkerSettings: linkerSettings)
}
/// `CASCADE_TESTS=A,B` builds these test targets only (see the end of this file).
let wantedTests = Context.environment["CASCADE_TESTS"].map { $0.split(separator: ",").map(String.init) }
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings,
        linkerSettings: linkerSettings)
}

let fuzzProducts: [Product] =
    isFuzzing ? [.library(name: "CascadeFuzz", type: .static, targets: ["FuzzEntry"])] : []
let fuzzTargets: [Target] =
    isFuzzing
    ? [
        .target(
            name: "FuzzEntry", dependencies: ["FuzzTargets"], path: "Tests/Support/FuzzEntry",
            swiftSettings: swiftSettings)
    ] : []

let package = Package(
    name: "Cascade",
    products: [
        .executable(name: "cascade-relay", targets: ["cascade-relay"]),
        .executable(name: "cascade", targets: ["cascade"]),
        .library(name: "MOQTClient", targets: ["MOQTClient"]),
    ] + fuzzProducts,
    targets: [
        // The system libraries.
        .systemLibrary(name: "CNgtcp2"),
        .systemLibrary(name: "CNghttp3"),
        .systemLibrary(name: "CGnuTLS"),
        .target(
            name: "CQUIC", cSettings: cIncludes + (hasFastCiphers ? [.define("CQUIC_HAS_IPSEC_MB")] : []),
            linkerSettings: hasFastCiphers ? [.linkedLibrary("IPSec_MB")] : []),

        // The pure column.
        library("Containers"),
        library("MOQTModel", ["Containers"]),
        library("MOQTWire", ["MOQTModel", "Containers"]),
        library("MOQTText", ["MOQTWire", "MOQTModel", "Containers"]),
        library("MOQTSession", ["MOQTWire", "MOQTModel", "Containers"]),
        library("RelayCore", ["MOQTModel", "Containers"]),
        library("Registry", ["MOQTModel"]),

        // The transport column.
        library("TransportInterface", ["Containers"]),
        library("QUICTransport", ["TransportInterface", "Containers", "CQUIC", "CNgtcp2", "CGnuTLS"]),
        library("WebTransport", ["QUICTransport", "TransportInterface", "Containers", "CNghttp3"]),

        // Where they meet.
        library(
            "MOQTPeer",
            ["MOQTSession", "MOQTWire", "MOQTModel", "RelayCore", "TransportInterface", "Containers"]),
        library(
            "RelayHost",
            [
                "MOQTPeer", "MOQTSession", "MOQTWire", "MOQTModel", "RelayCore", "Registry", "QUICTransport",
                "WebTransport", "TransportInterface", "Containers",
            ]),
        library(
            "MOQTClient",
            [
                "MOQTPeer", "MOQTSession", "MOQTWire", "MOQTModel", "RelayCore", "QUICTransport",
                "WebTransport", "TransportInterface", "Containers",
            ]),
        library("Tooling", ["MOQTModel"]),
        library("Media", ["MOQTModel"]),
        library(
            "Bench",
            [
                "MOQTPeer", "MOQTSession", "MOQTWire", "MOQTModel", "RelayCore", "QUICTransport",
                "WebTransport", "TransportInterface", "Tooling", "Containers",
            ]),

        // The two programs.
        program(
            "cascade-relay", ["RelayHost", "Tooling", "MOQTWire", "MOQTModel", "QUICTransport", "Containers"]),
        program(
            "cascade",
            [
                "Bench", "MOQTClient", "MOQTSession", "Media", "Tooling", "MOQTText", "MOQTWire",
                "MOQTModel", "QUICTransport", "Containers",
            ]),

        // Tests.
        tests("ContainersTests", ["Containers"]),
        tests("MOQTModelTests", ["MOQTModel", "Containers"]),
        tests(
            "MOQTWireTests", ["MOQTText", "MOQTWire", "MOQTModel", "Containers"],
            resources: [.copy("Fixtures")]),
        tests("MOQTTextTests", ["MOQTText", "MOQTWire", "MOQTModel", "Containers"]),
        tests(
            "MOQTSessionTests",
            [
                "MOQTSession", "MOQTWire", "MOQTModel", "TransportInterface", "Containers",
                "SimulationSupport",
                "CAllocationCount",
            ]),
        tests("MalformedInputTests", ["MOQTSession", "MOQTWire", "MOQTModel", "Containers"]),
        tests("RelayCoreTests", ["RelayCore", "MOQTModel", "Containers"]),
        tests("RegistryTests", ["Registry", "MOQTModel"]),
        tests(
            "QUICTransportTests",
            ["QUICTransport", "TransportInterface", "Containers", "CQUIC", "CNgtcp2", "NetworkSupport"]),
        tests(
            "WebTransportTests",
            ["WebTransport", "QUICTransport", "TransportInterface", "Containers", "NetworkSupport"]),
        tests(
            "MOQTPeerTests",
            [
                "MOQTPeer", "MOQTSession", "MOQTWire", "MOQTModel", "RelayCore", "TransportInterface",
                "Containers", "SimulationSupport",
            ]),
        tests(
            "RelayHostTests",
            [
                "RelayHost", "MOQTClient", "MOQTPeer", "MOQTSession", "MOQTWire", "MOQTModel", "RelayCore",
                "QUICTransport", "WebTransport", "TransportInterface", "Containers", "SimulationSupport",
                "NetworkSupport", "Tooling",
            ]),
        tests(
            "MOQTClientTests",
            [
                "MOQTClient", "RelayHost", "RelayCore", "QUICTransport", "MOQTWire", "MOQTModel",
                "Containers",
                "NetworkSupport",
            ]),
        tests("ToolingTests", ["Tooling", "MOQTModel"]),
        tests("MediaTests", ["Media", "MOQTModel"], resources: [.copy("Fixtures")]),
        tests("BenchTests", ["Bench", "RelayHost", "QUICTransport", "MOQTWire"]),
        tests("NetworkSupportTests", ["NetworkSupport"]),
        tests("ArchitectureTests", []),
        tests(
            "AllocationTests",
            ["CAllocationCount", "RelayCore", "MOQTWire", "MOQTModel", "MOQTPeer", "Containers"]),
        .target(name: "CAllocationCount", path: "Tests/Support/CAllocationCount"),
        .target(
            name: "SimulationSupport", dependencies: ["TransportInterface", "Containers"],
            path: "Tests/Support/SimulationSupport", swiftSettings: swiftSettings),
        .target(
            name: "NetworkSupport", dependencies: ["Containers"], path: "Tests/Support/NetworkSupport",
            swiftSettings: swiftSettings),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "MOQTSession", "MOQTWire", "MOQTModel", "WebTransport", "TransportInterface", "Containers",
            ],
            path: "Tests/Support/FuzzTargets", swiftSettings: swiftSettings),
        tests("FuzzReplayTests", ["FuzzTargets"]),
        // What `.ci/instructions` measures: not built for testing, which would keep the optimiser from much.
        .target(name: "CMeasured", path: "Tests/Support/CMeasured"),
        .executableTarget(
            name: "ForwardingCost",
            dependencies: [
                "RelayHost", "MOQTPeer", "MOQTSession", "MOQTWire", "MOQTModel", "RelayCore", "QUICTransport",
                "TransportInterface", "Containers", "CMeasured",
            ],
            path: "Tests/Support/ForwardingCost", exclude: ["instructions.json"],
            swiftSettings: swiftSettings,
            linkerSettings: linkerSettings),
    ] + fuzzTargets,
    swiftLanguageModes: [.v6]
)

// With CASCADE_TESTS only the named test targets and what they need are left.
if let wantedTests {
    var kept: Set<String> = []
    var open = wantedTests
    while let name = open.popLast() {
        guard kept.insert(name).inserted, let target = package.targets.first(where: { $0.name == name })
        else { continue }
        for case .byNameItem(let dependency, _) in target.dependencies { open.append(dependency) }
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll()
}
