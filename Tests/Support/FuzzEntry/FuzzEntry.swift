import FuzzTargets
import Glibc

/// The target that CASCADE_FUZZ_TARGET names.
private let target: FuzzTarget = {
    guard let name = getenv("CASCADE_FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name))
    else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        print("CASCADE_FUZZ_TARGET must be one of \(names)")
        exit(2)
    }
    return target
}()

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
