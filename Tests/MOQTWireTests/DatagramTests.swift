import Containers
import MOQTModel
import MOQTWire
import Testing

/// Object datagrams (draft-18 section 11.3).
struct DatagramTests {
    @Test func `exactly the defined types are taken (section 11.3.1)`() {
        let valid: [Int: Set<UInt64>] = [
            14: Set(0x00...0x07).union([0x20, 0x21]),
            16: Set(0x00...0x0F).union([0x20, 0x21, 0x24, 0x25, 0x28, 0x29, 0x2C, 0x2D]),
            18: Set(0x00...0x0F).union([0x20, 0x21, 0x24, 0x25, 0x28, 0x29, 0x2C, 0x2D]),
        ]
        for (number, types) in valid {
            let codec = DatagramCodec(DraftRules.of(number))
            for type: UInt8 in 0..<0x40 {
                // Alias, group, then as much of id, priority, properties and status as the type asks for.
                var bytes: [UInt8] = [type, 1, 2]
                if type & 4 == 0 { bytes.append(3) }
                if type & 8 == 0 { bytes.append(128) }
                if type & 1 != 0 { bytes += [2, 0x3C, 1] }
                if type & 0x20 != 0 { bytes.append(type & 1 != 0 ? 0 : 3) }
                let taken = (try? codec.decode(Payload(bytes))) != nil
                #expect(taken == types.contains(UInt64(type)), "draft \(number), type \(type)")
            }
        }
    }

    @Test func `an object of draft 18 with every field`() throws {
        let codec = DatagramCodec(DraftRules.of(18))
        let bytes = [UInt8](hex: "03 80c8 07 05 40 02 3c01 616263")
        let expected = ObjectDatagram(
            alias: TrackAlias(200), location: Location(group: 7, object: 5), priority: 64, endOfGroup: true,
            properties: PropertyBlock(bytes: Payload([0x3C, 1]), shape: DraftRules.of(18).bodyShape),
            payload: Payload(Array("abc".utf8)))
        #expect(try codec.decode(Payload(bytes)) == .object(expected))
        #expect(try codec.encode(expected, alias: TrackAlias(200)) == bytes)
        // Cut inside the header; later the payload is only shorter.
        for count in 0..<9 {
            #expect(throws: WireError.self) { try codec.decode(Payload(Array(bytes[..<count]))) }
        }
    }

    @Test func `padding ends sessions that do not know it`() throws {
        let bytes = Payload([UInt8](hex: "f0132b3e29 0000"))
        #expect(try DatagramCodec(DraftRules.of(18)).decode(bytes) == .padding)
        #expect(throws: WireError.self) { try DatagramCodec(DraftRules.of(17)).decode(bytes) }
    }

    @Test func `an empty property block, or one on a status, is refused`() {
        let codec = DatagramCodec(DraftRules.of(18))
        #expect(throws: WireError.self) { try codec.decode(Payload([0x01, 1, 2, 3, 128, 0, 0x61])) }
        #expect(throws: WireError.self) { try codec.decode(Payload([0x21, 1, 2, 3, 128, 2, 0x3C, 1, 3])) }
        #expect(throws: WireError.self) { try codec.decode(Payload([0x20, 1, 2, 3, 128, 3, 0])) }
    }

    @Test(arguments: Draft.all)
    func `objects come back from every draft`(draft: Draft) throws {
        let codec = DatagramCodec(draft.rules)
        let block = PropertyBlock(bytes: Payload([0x3C, 1]), shape: draft.rules.bodyShape)
        for bits in 0..<32 {
            let object = ObjectDatagram(
                alias: TrackAlias(3), location: Location(group: 9, object: bits & 1 == 0 ? 0 : 70),
                priority: bits & 2 == 0 && draft.number > 14 ? nil : 5,
                status: bits & 16 != 0 ? .endOfTrack : .normal, endOfGroup: bits & 4 != 0 && bits & 16 == 0,
                properties: bits & 8 != 0 && bits & 16 == 0 ? block : nil,
                payload: bits & 16 != 0 ? Payload() : Payload([1, 2]))
            let bytes = try codec.encode(object, alias: object.alias)
            #expect(try codec.decode(Payload(bytes)) == .object(object))
        }
    }

    @Test func `a default priority is written where the draft has no default`() throws {
        let object = ObjectDatagram(alias: TrackAlias(1), location: .zero, payload: Payload([7]))
        #expect(try DatagramCodec(DraftRules.of(14)).encode(object, alias: TrackAlias(1)).hex == "0401008007")
        #expect(try DatagramCodec(DraftRules.of(18)).encode(object, alias: TrackAlias(1)).hex == "0c010007")
    }
}
