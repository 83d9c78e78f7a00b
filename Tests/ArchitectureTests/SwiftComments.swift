/// Blanks comments in Swift text, leaving line breaks and string literals as they are.
enum SwiftComments {
    static func removed(from text: String) -> String {
        enum State: Equatable { case code, line, block(depth: Int), string, longString }
        var state = State.code
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        func follows(_ word: StaticString) -> Bool {
            guard index + word.utf8CodeUnitCount <= bytes.count else { return false }
            return (0..<word.utf8CodeUnitCount).allSatisfy { bytes[index + $0] == word.utf8Start[$0] }
        }
        while index < bytes.count {
            let byte = bytes[index]
            var consumed = 1
            var keeps = true
            if state == .code, byte != UInt8(ascii: "/"), byte != UInt8(ascii: "\"") {
                result.append(byte)
                index += 1
                continue
            }
            switch state {
            case .code:
                if follows("//") {
                    (state, keeps) = (.line, false)
                } else if follows("/*") {
                    (state, keeps, consumed) = (.block(depth: 1), false, 2)
                } else if follows(#"""""#) {
                    (state, consumed) = (.longString, 3)
                } else if follows("\"") {
                    state = .string
                }
            case .line:
                keeps = byte == UInt8(ascii: "\n")
                if keeps { state = .code }
            case .block(let depth):
                keeps = byte == UInt8(ascii: "\n")
                if follows("/*") { (state, consumed) = (.block(depth: depth + 1), 2) }
                if follows("*/") { (state, consumed) = (depth == 1 ? .code : .block(depth: depth - 1), 2) }
            case .string:
                if follows("\\") { consumed = 2 }
                if follows("\"") || follows("\n") { state = .code }
            case .longString:
                if follows("\\") { consumed = 2 } else if follows(#"""""#) { (state, consumed) = (.code, 3) }
            }
            let end = min(index + consumed, bytes.count)
            if keeps { result.append(contentsOf: bytes[index..<end]) }
            index = end
        }
        return String(decoding: result, as: UTF8.self)
    }
}
