import Foundation

/// The hosts that this machine gets its packages from, as its own configuration says: private ones have no
/// business in the repository.
enum PackageMirrors {
    static let hosts: Set<String> = {
        let files = FileManager.default
        let home = files.homeDirectoryForCurrentUser.path
        var paths = [
            "/etc/apt/sources.list", "/etc/pip.conf", "\(home)/.config/pip/pip.conf", "\(home)/.pip/pip.conf",
        ]
        let directory = "/etc/apt/sources.list.d"
        paths += ((try? files.contentsOfDirectory(atPath: directory)) ?? []).map { "\(directory)/\($0)" }
        let texts = paths.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
        return texts.reduce(into: []) { $0.formUnion(hosts(in: $1)) }
    }()

    /// Everybody's mirrors, which documentation may name.
    private static let known: Set<String> = [
        "deb.debian.org", "security.debian.org", "archive.ubuntu.com", "security.ubuntu.com", "pypi.org",
        "files.pythonhosted.org", "snapshot.debian.org",
    ]

    /// The hosts of the URLs in `text`, those that everybody uses and names without a dot apart.
    static func hosts(in text: String) -> Set<String> {
        var found: Set<String> = []
        for part in text.components(separatedBy: "://").dropFirst() {
            let authority = part.prefix { !$0.isWhitespace && $0 != "/" }
            let host = authority.split(separator: "@").last.map(String.init) ?? ""
            let name = host.split(separator: ":").first.map(String.init) ?? ""
            if name.contains("."), !known.contains(name), name != "127.0.0.1" { found.insert(name) }
        }
        return found
    }
}
