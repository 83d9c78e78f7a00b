import Containers
import MOQTModel
import MOQTWire

/// Object datagrams of every draft; properties are also rewritten into every other draft's shape.
enum DatagramFuzz {
    static func run(_ input: inout FuzzInput) {
        let draft = input.draft()
        let codec = DatagramCodec(draft.rules)
        guard case .object(let object)? = try? codec.decode(Payload(input.rest())) else { return }
        for other in Draft.all {
            let target = DatagramCodec(other.rules)
            guard let bytes = try? target.encode(object, alias: object.alias) else { continue }
            guard case .object(let again)? = try? target.decode(Payload(bytes)) else {
                preconditionFailure("fuzz: what we write can be read")
            }
            FuzzTarget.require(again.location == object.location, "a location survives")
            FuzzTarget.require(again.status == object.status, "a status survives")
            FuzzTarget.require(
                again.payload.bytes == object.payload.bytes || object.status != .normal, "a payload survives")
        }
    }
}
