import Foundation

/// The hosts that this machine gets its packages from, as its own configuration says: none of them has
/// any business in the repository.
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

    /// The hosts of the URLs in `text`, those without a dot in their name apart.
    static func hosts(in text: String) -> Set<String> {
        var found: Set<String> = []
        for part in text.components(separatedBy: "://").dropFirst() {
            let authority = part.prefix { !$0.isWhitespace && $0 != "/" }
            let host = authority.split(separator: "@").last.map(String.init) ?? ""
            let name = host.split(separator: ":").first.map(String.init) ?? ""
            if name.contains("."), name != "127.0.0.1" { found.insert(name) }
        }
        return found
    }
}
