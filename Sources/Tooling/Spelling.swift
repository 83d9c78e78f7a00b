/// Finds what somebody probably meant to type.
public enum Spelling {
    /// The candidate with the fewest edits from `word`; nil when none is near enough to be meant.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        let typed = Array(word.unicodeScalars.prefix(64))
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            var distance = editDistance(typed, Array(candidate.unicodeScalars))
            // A cut-off word ("--name" for "--namespace") is nearer than its missing letters say.
            if typed.count > 3, candidate.hasPrefix(word) { distance = min(distance, 1) }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(2, typed.count / 3) else { return nil }
        return best.candidate
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
    static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        var current = previous
        for i in 0..<a.count {
            current[0] = i + 1
            for j in 0..<b.count {
                let substitution = previous[j] + (a[i] == b[j] ? 0 : 1)
                current[j + 1] = min(substitution, previous[j + 1] + 1, current[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    current[j + 1] = min(current[j + 1], beforePrevious[j - 1] + 1)
                }
            }
            (beforePrevious, previous, current) = (previous, current, beforePrevious)
        }
        return previous[b.count]
    }
}
