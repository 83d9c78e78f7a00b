/// What a rule is about, with the number of its section in drafts 14 to 20. Draft 21 says the same in
/// another order; it is cited by draft 20.
struct Topic: Sendable {
    private let sections: [String]

    private init(_ sections: String...) { self.sections = sections }

    func section(_ draft: Int) -> String {
        let cited = min(draft, 20)
        return "draft-\(cited) section \(sections[cited - 14])"
    }

    static let framing = Topic("9", "9", "9", "9", "10", "10", "10")
    static let integers = Topic("1.4", "1.4", "1.4", "1.4.1", "1.4.1", "1.4.1", "1.4.1")
    static let pairs = Topic("1.4.2", "1.4.2", "1.4.2", "1.4.3", "1.4.3", "1.4.3", "1.4.3")
    static let reasons = Topic("1.4.3", "1.4.3", "1.4.3", "1.4.4", "1.4.4", "1.4.4", "1.4.4")
    static let names = Topic("2.4.1", "2.4.1", "2.4.1", "2.4.1", "2.4.1", "2.4.1", "2.4.1")
    static let initialization = Topic("3.3", "3.3", "3.3", "3.3", "3.3", "3.3", "3.3")
    static let termination = Topic("3.4", "3.4", "3.4", "3.5", "3.5", "3.5", "3.5")
    static let streamTypes = Topic("10.4", "10.4", "10.4", "3.4", "3.4", "3.4", "3.4")
    static let subscriptions = Topic("5.1", "5.1", "5.1", "5.1", "5.1", "5.1", "5.1")
    static let requestID = Topic("9.1", "9.1", "9.1", "9.1", "10.1", "10.1", "10.1")
    static let requiredID = Topic("9.1", "9.1", "9.1", "9.2", "10.1", "10.1", "10.1")
    static let parameters = Topic("9.2", "9.2", "9.2.1", "9.3.1", "10.2.1", "10.2.1", "10.2.1")
    static let tokens = Topic("9.2.1.1", "9.2.1.1", "9.2.2.1", "9.3.2", "10.2.2", "10.2.2", "10.2.2")
    static let timeouts = Topic("9.2.1.2", "9.2.1.2", "9.2.2.2", "9.3.3", "10.2.4", "10.2.4", "10.2.4")
    static let priority = Topic("9.7", "9.2.1.5", "9.2.2.3", "9.3.5", "10.2.7", "10.2.7", "10.2.7")
    static let order = Topic("9.7", "9.2.1.6", "9.2.2.4", "9.3.6", "10.2.8", "10.2.8", "10.2.8")
    static let filters = Topic("9.7", "9.2.1.7", "9.2.2.5", "9.3.7", "10.2.9", "10.2.9", "10.2.9")
    static let largest = Topic("9.8", "9.2.1.9", "9.2.2.7", "9.3.9", "10.2.11", "10.2.16", "10.2.17")
    static let forward = Topic("9.7", "9.2.1.10", "9.2.2.8", "9.3.10", "10.2.12", "10.2.17", "10.2.18")
    static let setup = Topic("9.3", "9.3", "9.3", "9.4", "10.3", "10.3", "10.3")
    static let versions = Topic("9.3.1", "3.2", "3.2", "3.2", "3.2", "3.2", "3.2")
    static let authority = Topic(
        "9.3.2.1", "9.3.1.1", "9.3.1.1", "9.4.1.1", "10.3.1.1", "10.3.1.1", "10.3.1.1")
    static let path = Topic("9.3.2.2", "9.3.1.2", "9.3.1.2", "9.4.1.2", "10.3.1.2", "10.3.1.2", "10.3.1.2")
    static let setupToken = Topic(
        "9.3.2.5", "9.3.1.5", "9.3.1.5", "9.4.1.4", "10.3.1.4", "10.3.1.4", "10.3.1.4")
    static let goAway = Topic("9.4", "9.4", "9.4", "9.5", "10.4", "10.4", "10.4")
    static let credit = Topic("9.5", "9.5", "9.5", "9.1", "10.1", "10.1", "10.1")
    static let requestOK = Topic("9.24", "9.7", "9.7", "9.6", "10.5", "10.5", "10.5")
    static let requestError = Topic("9.9", "9.8", "9.8", "9.7", "10.6", "10.6", "10.6")
    static let redirect = Topic("9.9", "9.8", "9.8", "9.7", "10.6.1", "10.6.1", "10.6.1")
    static let subscribe = Topic("9.7", "9.9", "9.9", "9.8", "10.7", "10.7", "10.7")
    static let subscribeOK = Topic("9.8", "9.10", "9.10", "9.9", "10.8", "10.8", "10.8")
    static let update = Topic("9.10", "9.11", "9.11", "9.10", "10.9", "10.9", "10.9")
    static let publish = Topic("9.13", "9.13", "9.13", "9.11", "10.10", "10.10", "10.11")
    static let publishDone = Topic("9.12", "9.15", "9.15", "9.13", "10.11", "10.11", "10.12")
    static let fetch = Topic("9.16", "9.16", "9.16", "9.14", "10.12", "10.12", "10.13")
    static let fetchOK = Topic("9.17", "9.17", "9.17", "9.15", "10.13", "10.13", "10.14")
    static let subscribeNamespace = Topic("9.28", "9.23", "9.25", "9.20", "10.18", "10.18", "10.19")
    static let namespaces = Topic("6.1", "6.1", "9.23", "9.19", "10.17", "10.17", "10.18")
    static let trackAlias = Topic("10.1", "10.1", "10.1", "10.1", "11.1", "11.1", "11.1")
    static let status = Topic(
        "10.2.1.1", "10.2.1.1", "10.2.1.1", "10.2.1.1", "11.2.1.1", "11.2.1.1", "11.2.1.1")
    static let objectProperties = Topic(
        "10.2.1.2", "10.2.1.2", "10.2.1.2", "10.2.1.2", "11.2.1.2", "11.2.1.2", "11.2.1.2")
    static let trackProperties = Topic("9.13", "9.13", "11", "11", "12", "12", "12")
    static let datagrams = Topic("10.3.1", "10.3.1", "10.3.1", "10.3.1", "11.3.1", "11.3.1", "11.3.1")
    static let subgroups = Topic("10.4.2", "10.4.2", "10.4.2", "10.4.2", "11.4.2", "11.4.2", "11.4.2")
    static let closing = Topic("10.4.3", "10.4.3", "10.4.3", "10.4.3", "11.4.3", "11.4.3", "11.4.3")
    static let fetchStreams = Topic("10.4.4", "10.4.4", "10.4.4", "10.4.4", "11.4.4", "11.4.4", "11.4.4")
    static let endOfRange = Topic(
        "10.4.4", "10.4.4", "10.4.4.2", "10.4.4.2", "11.4.4.2", "11.4.4.2", "11.4.4.2")
    static let padding = Topic("10.4", "10.4", "10.4", "10.4", "11.5", "11.5", "11.5")
    static let cancelling = Topic("9.11", "9.12", "9.12", "3.3.1", "3.3.2", "3.3.2", "3.3.3")
    static let fills = Topic("", "", "", "", "", "", "10.2.15")
    static let includeProperties = Topic("", "", "", "", "", "", "10.2.21")
    static let stateNotify = Topic("", "", "", "", "", "", "10.10")
    static let grease = Topic("9.3.2", "9.3.1", "9.3.1", "13", "14", "14", "14")
}
