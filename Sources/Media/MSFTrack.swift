import Foundation

/// One track of a catalog (draft-ietf-moq-msf section 5.2).
public struct MSFTrack: Codable, Equatable, Sendable {
    public var name: String
    /// nil: the catalog's own.
    public var namespace: String?
    /// `cmaf`, `loc`, ...
    public var packaging: String
    public var isLive: Bool?
    public var role: String?
    /// Tracks of one group are played together.
    public var renderGroup: Int?
    public var codec: String?
    public var width: Int?
    public var height: Int?
    /// Frames per second.
    public var framerate: Double?
    public var timescale: Int?
    /// Bits per second.
    public var bitrate: Int?
    public var avgBitrate: Int?
    /// Hertz.
    public var samplerate: Int?
    public var channelConfig: String?
    /// Base64 of the initialization segment (CMSF).
    public var initData: String?
    /// Names an entry of the catalog's list of initialization data instead.
    public var initRef: String?

    public init(name: String, packaging: String) {
        self.name = name
        self.packaging = packaging
    }

    /// The initialization segment; nil when there is none or it is not Base64.
    public var initialization: [UInt8]? {
        get { initData.flatMap { Data(base64Encoded: $0) }.map { Array($0) } }
        set { initData = newValue.map { Data($0).base64EncodedString() } }
    }
}
