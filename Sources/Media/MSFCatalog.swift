import Foundation

/// A catalog of the MOQT Streaming Format: which tracks there are and how to decode them (draft-ietf-moq-msf
/// section 5, with CMSF's `cmaf` packaging). Unknown fields are ignored.
public struct MSFCatalog: Equatable, Sendable {
    /// The track that carries catalogs, unless somebody says otherwise.
    public static let trackName = "catalog"
    /// Bytes of JSON; more is refused.
    public static let maximumByteCount = 4 * 1024 * 1024
    public static let maximumTrackCount = 256
    /// The version that we write.
    public static let version = "draft-01"

    public var version = MSFCatalog.version
    /// Milliseconds since 1970.
    public var generatedAt: UInt64?
    public var tracks: [MSFTrack]
    /// The broadcast is over.
    public var isComplete = false

    public init(tracks: [MSFTrack], generatedAt: UInt64? = nil) {
        self.tracks = tracks
        self.generatedAt = generatedAt
    }

    /// Reads an independent catalog. Throws a sentence for anything else, delta updates included.
    public init(json: [UInt8]) throws(MediaError) {
        guard json.count <= Self.maximumByteCount else {
            throw MediaError("the catalog has \(json.count) bytes; \(Self.maximumByteCount) are accepted")
        }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json))
        } catch {
            throw MediaError("the catalog is not a JSON document of the MOQT Streaming Format")
        }
        if document.deltaUpdate != nil { throw MediaError("the catalog is a delta update without its base") }
        guard let listed = document.tracks else { throw MediaError("the catalog has no 'tracks'") }
        guard listed.count <= Self.maximumTrackCount else {
            throw MediaError("the catalog has too many tracks")
        }
        version = document.version?.text ?? ""
        generatedAt = document.generatedAt.flatMap { $0 >= 0 && $0 < 1e15 ? UInt64($0) : nil }
        isComplete = document.isComplete ?? false
        tracks = listed
        // `initRef` points into a list at the end of the document; resolved here, so that readers need not.
        var inline: [String: String] = [:]
        for entry in document.initDataList ?? [] where entry.type == "inline" {
            inline[entry.id] = entry.data
        }
        for index in tracks.indices where tracks[index].initData == nil {
            tracks[index].initData = tracks[index].initRef.flatMap { inline[$0] }
        }
    }

    /// The catalog as a JSON document, keys sorted.
    public func json() -> [UInt8] {
        let document = Document(
            version: .init(text: version), generatedAt: generatedAt.map { Double($0) },
            isComplete: isComplete ? true : nil, tracks: tracks, initDataList: nil, deltaUpdate: nil)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding fails for numbers that are no numbers only; those have been left out above.
        return (try? encoder.encode(document)).map { Array($0) } ?? Array("{\"tracks\":[]}".utf8)
    }

    private struct Document: Codable {
        var version: Version?
        var generatedAt: Double?
        var isComplete: Bool?
        var tracks: [MSFTrack]?
        var initDataList: [InitData]?
        var deltaUpdate: [Ignored]?
    }

    private struct InitData: Codable {
        var id: String
        var type: String
        var data: String
    }

    private struct Ignored: Codable {}

    /// A string; the first CMSF draft writes a number.
    private struct Version: Codable {
        var text: String

        init(text: String) { self.text = text }

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self.text = text
            } else {
                text = String(try value.decode(Int.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            try value.encode(text)
        }
    }
}
