import MOQTModel

/// Object properties of the Low Overhead Media Container that the tools use (draft-ietf-moq-loc section 2.3).
public enum LOCProperty {
    /// Without `timescale`: microseconds of wall-clock time since 1970.
    public static let timestamp: UInt64 = 0x10
    public static let timescale: UInt64 = 0x08

    /// Says when an object was captured, in microseconds since 1970.
    public static func captured(atMicroseconds time: UInt64) -> Property {
        Property(type: timestamp, value: .integer(time))
    }
}
