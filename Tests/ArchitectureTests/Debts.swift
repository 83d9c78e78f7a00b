import Testing

/// Files that break a house rule and are known to: to be paid, never to be added to.
enum Debts {
    private static let files: Set<String> = []

    /// Runs `check`, whose findings do not fail the test when the file is in debt.
    static func checking(_ file: SourceFile, _ check: () -> Void) {
        guard files.contains(file.path) else { return check() }
        withKnownIssue("\(file.path) is in debt", isIntermittent: true) { check() }
    }
}
