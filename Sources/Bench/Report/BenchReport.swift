import Glibc
import Tooling

/// A result as a JSON line for machines and as a table for people.
public enum BenchReport {
    /// One flat object; `versions` are the caller's own additions.
    public static func json(_ result: BenchResult, versions: [(String, String)] = []) -> String {
        var line = JSONLine(event: "result")
        line.add("scenario", result.scenario.name)
        line.add("void", result.voidReason != nil)
        line.add("void_reason", result.voidReason)
        for (key, value) in versions { line.add(key, value) }
        line.add("kernel", kernel)
        line.add("cores", Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        line.add("carrier", result.target.carrier.rawValue)
        line.add("draft", result.draft)
        line.add("relay_implementation", result.implementation)
        line.add("connections", result.connections)
        line.add("connections_failed", result.failedConnections)
        line.add("connections_left", result.leftConnections)
        line.add("subscribers", result.scenario.subscribers)
        line.add("object_bytes", result.scenario.objectByteCount)
        line.add("objects_per_second", result.scenario.objectsPerSecond)
        line.add("seconds", Double(result.wallMicroseconds) / 1_000_000)
        line.add("objects_offered", result.offered)
        line.add("bytes_offered", result.offered &* UInt64(result.scenario.objectByteCount))
        line.add("objects_expected", result.expected)
        line.add("objects_delivered", result.healthy.delivered)
        line.add("objects_lost", result.lost)
        line.add("objects_arrived", result.arrived)
        line.add("bytes_arrived", result.arrivedByteCount)
        line.add("objects_arrived_as_datagrams", result.arrivedAsDatagrams)
        line.add("duplicates", result.classes.reduce(0) { $0 + $1.duplicates })
        line.add("reordered", result.classes.reduce(0) { $0 + $1.reordered })
        line.add("damaged", result.classes.reduce(0) { $0 + $1.damaged })
        for kind in ReaderClass.allCases where result[kind].latency.count > 0 {
            let prefix = kind == .healthy ? "latency" : "latency_\(kind)"
            for (name, share) in percentiles {
                line.add("\(prefix)_ms_\(name)", result[kind].latency.milliseconds(share))
            }
        }
        line.add("connect_ms_p50", result.connectTime.milliseconds(0.5))
        line.add("connect_ms_p99", result.connectTime.milliseconds(0.99))
        line.add("join_ms_p50", result.joinTime.milliseconds(0.5))
        line.add("join_ms_p99", result.joinTime.milliseconds(0.99))
        line.add("generator_cpu_share", result.generatorShare)
        line.add("generator_lag_ms_max", Double(result.largestLag) / 1_000_000)
        line.add("relay_cpu_us", result.relayMicroseconds)
        line.add("relay_cpu_share", result.relayShare)
        line.add("relay_cpu_us_per_object", result.relayMicrosecondsPerObject)
        line.add("relay_cpu_s_per_gb", result.relaySecondsPerGigabyte)
        line.add("relay_rss_bytes", result.relayResidentBytes)
        line.add("relay_rss_peak_bytes", result.relayPeakResidentBytes)
        line.add("relay_rss_before_bytes", result.relayResidentBefore)
        line.add("relay_rss_joined_bytes", result.relayResidentJoined)
        line.add("relay_rss_per_connection", result.residentPerConnection)
        line.add("churn_subscribes", result.churnSubscribes)
        line.add("churn_accepted", result.churnAccepted)
        line.add("namespaces_accepted", result.namespacesAccepted)
        if result.notifyTime.count > 0 {
            line.add("notify_ms_p50", result.notifyTime.milliseconds(0.5))
            line.add("notify_ms_p99", result.notifyTime.milliseconds(0.99))
        }
        line.add("relay_rss_per_namespace", result.residentPerNamespace)
        return line.text
    }

    public static func json(_ progress: BenchRun.Progress) -> String {
        var line = JSONLine(event: "interval")
        line.add("phase", progress.phase.rawValue)
        line.add("ms", progress.milliseconds)
        line.add("connections_ready", progress.readyConnections)
        line.add("connections_planned", progress.plannedConnections)
        line.add("objects", progress.objectCount)
        line.add("bytes", progress.byteCount)
        return line.text
    }

    public static func table(_ result: BenchResult) -> String {
        var rows: [(String, String)] = []
        let scenario = result.scenario
        rows.append(("scenario", "\(scenario.name) over \(carrierText(result))"))
        rows.append(
            (
                "connections",
                "\(result.connections), \(result.failedConnections) failed"
                    + (result.leftConnections > 0 ? ", \(result.leftConnections) left again" : "")
            ))
        rows.append(
            (
                "offered",
                "\(result.offered) objects, "
                    + Quantity.bytes(result.offered &* UInt64(scenario.objectByteCount))
            ))
        rows.append(
            (
                "delivered",
                "\(result.healthy.delivered) of \(result.expected) objects, \(Quantity.bytes(result.arrivedByteCount))"
            ))
        if scenario.usesDatagrams {
            rows.append(("as datagrams", "\(result.arrivedAsDatagrams) of \(result.arrived) objects"))
        }
        let counts = result.classes.reduce(into: (0, 0, 0)) {
            $0 = ($0.0 + $1.duplicates, $0.1 + $1.reordered, $0.2 + $1.damaged)
        }
        rows.append(
            (
                "faults",
                "\(result.lost) lost, \(counts.0) duplicate, \(counts.1) reordered, \(counts.2) damaged"
            ))
        for kind in ReaderClass.allCases where result[kind].latency.count > 0 {
            let values = percentiles.map { "\($0.0) \(decimal(result[kind].latency.milliseconds($0.1)))" }
            rows.append(
                (
                    kind == .healthy ? "latency ms" : "latency ms, \(kind)",
                    values.joined(separator: "  ")
                ))
        }
        rows.append(("connect ms", pair(result.connectTime)))
        rows.append(("join ms", pair(result.joinTime)))
        if let accepted = result.namespacesAccepted {
            rows.append(
                (
                    "namespaces",
                    "\(accepted) announced, told after ms \(pair(result.notifyTime)), "
                        + "\(decimal(result.residentPerNamespace, 0)) bytes each in the relay"
                ))
        }
        if let cost = result.relayMicrosecondsPerObject, let share = result.relayShare {
            rows.append(
                (
                    "relay CPU",
                    "\(decimal(cost)) us per object, \(decimal(result.relaySecondsPerGigabyte)) s per GB, "
                        + "\(decimal(share * 100, 1)) % of a core"
                ))
        }
        if let resident = result.relayResidentBytes {
            var text =
                "\(Quantity.bytes(resident)), peak \(Quantity.bytes(result.relayPeakResidentBytes ?? 0))"
            if let each = result.residentPerConnection {
                text += ", \(decimal(each / 1000, 1)) kB per connection"
            }
            rows.append(("relay memory", text))
        }
        rows.append(
            (
                "generator",
                "\(decimal(result.generatorShare * 100, 1)) % of a core, at most "
                    + "\(decimal(Double(result.largestLag) / 1_000_000)) ms late"
            ))
        rows.append(("verdict", result.voidReason.map { "VOID: \($0)" } ?? "valid"))
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map {
            $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + Printable.escaped($0.1) + "\n"
        }.joined()
    }

    private static let percentiles: [(String, Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1),
    ]

    private static func pair(_ histogram: LatencyHistogram) -> String {
        "p50 \(decimal(histogram.milliseconds(0.5)))  p99 \(decimal(histogram.milliseconds(0.99)))"
    }

    private static func decimal(_ value: Double?, _ digits: Int = 2) -> String {
        value.map { Quantity.decimal($0, digits: digits) } ?? "-"
    }

    private static func carrierText(_ result: BenchResult) -> String {
        let draft = result.draft.map { ", draft \($0)" } ?? ""
        return result.target.carrier.rawValue + draft
    }

    private static var kernel: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: &names.release) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
