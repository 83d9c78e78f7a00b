import MOQTModel
import MOQTText
import MOQTWire
import Tooling

/// `cascade decode`: what captured bytes say, and the bytes of what somebody wants to say.
struct DecodeCommand {
    static let syntax = CommandSyntax(
        name: "cascade decode",
        summary: "Shows what captured MoQT bytes say, as JSON; or writes such JSON as bytes.",
        details: [
            "One JSON object per line and message. Integers are strings, payloads hexadecimal digits. "
                + "Bytes that break a rule give {\"error\": ..., \"error_detail\": ...} and exit code 1.",
            "With --encode the input is JSON as decode prints it, one object after the other, and the output "
                + "one line of hexadecimal digits for each.",
        ],
        operands: [
            Operand(
                "HEX", "Hexadecimal digits (blanks do not matter); '-' or nothing reads standard input.",
                isRequired: false)
        ],
        options: [
            .value("draft", "N", "The draft that the bytes are of: \(drafts)."),
            .value(
                "kind", "KIND",
                "control (messages one after the other), subgroup, datagram or fetch (one whole stream)."),
            .value("order", "ORDER", "Of a fetch: ascending (the default) or descending."),
            .flag("encode", "From JSON to hexadecimal digits."),
        ],
        examples: [
            (
                comment: "A SUBSCRIBE of draft 16:",
                command: "cascade decode --draft 16 --kind control 03000e0101046c69766505766964656f00"
            ),
            (
                comment: "There and back again:",
                command: "cascade decode --draft 18 --kind datagram 0001020380ff"
                    + " | cascade decode --draft 18 --kind datagram --encode"
            ),
        ])

    private typealias Operand = CommandSyntax.Operand

    private enum Order: String, CaseIterable { case ascending, descending }

    private static var drafts: String { Draft.all.map { String($0.number) }.joined(separator: ", ") }

    private let text: WireText
    private let kind: WireText.Kind
    private let encodes: Bool
    private let operand: String?

    init(_ arguments: Arguments) throws(UsageError) {
        let number = try arguments.requiredString("draft")
        guard let draft = Int(number).flatMap(Draft.init(number:)) else {
            throw UsageError(
                "--draft wants one of \(Self.drafts), not '\(Printable.escaped(number, limit: 40))'")
        }
        _ = try arguments.requiredString("kind")
        kind = try arguments.choice("kind", WireText.Kind.self) ?? .control
        let order = try arguments.choice("order", Order.self) ?? .ascending
        text = WireText(draft, order: order == .ascending ? .ascending : .descending)
        encodes = arguments.has("encode")
        operand = arguments.operands.first
    }

    func run() throws(UsageError) -> ExitCode {
        let input: String
        if let operand, operand != "-" {
            input = operand
        } else {
            input = String(decoding: DecodeInput.all(), as: UTF8.self)
        }
        do throws(TextFailure) {
            if encodes { try encode(input) } else { try decode(input) }
            return .done
        } catch {
            show(error.object)
            return .failed
        }
    }

    private func decode(_ input: String) throws(TextFailure) {
        guard let bytes = HexText.bytes(input) else {
            throw TextFailure(.invalidValue, "the input is not made of pairs of hexadecimal digits")
        }
        try text.decode(bytes, kind) { show($0) }
    }

    private func encode(_ input: String) throws(TextFailure) {
        for value in try DecodeInput.documents(input) {
            switch value {
            case .object(let object): try write(object)
            case .array(let values):
                for case .object(let object) in values { try write(object) }
            default: throw TextFailure(.invalidValue, "the input is no JSON object")
            }
        }
    }

    private func write(_ object: JSONObject) throws(TextFailure) {
        StandardStream.write(HexText.text(try text.encode(object, kind)) + "\n")
    }

    private func show(_ object: JSONObject) {
        StandardStream.write(JSONValue.object(object).text + "\n")
    }
}
