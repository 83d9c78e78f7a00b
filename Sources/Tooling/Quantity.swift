/// Numbers with units, for people: both directions, without Foundation.
public enum Quantity {
    /// `950 bit/s`, `12.3 kbit/s`, `4.57 Mbit/s`.
    public static func bitRate(bitsPerSecond: Double) -> String {
        scaled(bitsPerSecond, base: 1000, units: ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"])
    }

    /// `512 B`, `1.20 kB`, `34.5 MB` (powers of 1000).
    public static func bytes(_ count: UInt64) -> String {
        scaled(Double(count), base: 1000, units: ["B", "kB", "MB", "GB", "TB"])
    }

    /// `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`.
    public static func duration(milliseconds: UInt64) -> String {
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let seconds = milliseconds / 1000
        if seconds < 60 { return decimal(Double(milliseconds) / 1000, digits: 1) + " s" }
        if seconds < 3600 { return "\(seconds / 60) min \(padded(seconds % 60)) s" }
        return "\(seconds / 3600) h \(padded(seconds / 60 % 60)) min"
    }

    /// `value` with a fixed number of digits after the point (at most 6), rounded half up.
    public static func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "?" }
        var factor = 1.0
        for _ in 0..<min(max(digits, 0), 6) { factor *= 10 }
        let scaled = (value.magnitude * factor).rounded()
        guard scaled < 9e15 else { return "\(value)" }
        let whole = UInt64(scaled)
        let unit = UInt64(factor)
        let sign = value < 0 && whole > 0 ? "-" : ""
        if unit == 1 { return "\(sign)\(whole)" }
        let fraction = String(whole % unit)
        let zeros = String(repeating: "0", count: String(unit).count - 1 - fraction.count)
        return "\(sign)\(whole / unit).\(zeros)\(fraction)"
    }

    /// Reads `10`, `1.5`, `500ms`, `10s`, `2m`, `1h`; a bare number means seconds. nil when it is none of them.
    public static func milliseconds(from text: String) -> UInt64? {
        let (number, unit) = split(text)
        let factors = ["": 1000.0, "s": 1000, "ms": 1, "m": 60_000, "min": 60_000, "h": 3_600_000]
        guard let value = number, let factor = factors[unit] else { return nil }
        let result = (value * factor).rounded()
        return result < 1e15 ? UInt64(result) : nil
    }

    /// Reads `1200`, `64k`, `16M`, `1G`, also with `B` or `iB` behind (powers of 1024).
    public static func byteCount(from text: String) -> Int? {
        let (number, unit) = split(text)
        var letter = unit
        if letter.hasSuffix("B") { letter.removeLast() }
        if letter.hasSuffix("i") { letter.removeLast() }
        let factors = ["": 1.0, "k": 1024, "K": 1024, "M": 1_048_576, "G": 1_073_741_824]
        guard let value = number, let factor = factors[letter] else { return nil }
        let result = (value * factor).rounded()
        return result < 9e15 ? Int(result) : nil
    }

    /// A non-negative decimal number in front of a unit.
    static func split(_ text: String) -> (number: Double?, unit: String) {
        let digits = text.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
        let unit = text[digits.endIndex...].drop { $0 == " " }
        return (digits.isEmpty ? nil : Double(String(digits)), String(unit))
    }

    private static func scaled(_ value: Double, base: Double, units: [String]) -> String {
        var number = max(value, 0)
        var index = 0
        while number >= base, index < units.count - 1 {
            number /= base
            index += 1
        }
        let digits = index == 0 || number >= 100 ? 0 : (number >= 10 ? 1 : 2)
        return decimal(number, digits: digits) + " " + units[index]
    }

    private static func padded(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
