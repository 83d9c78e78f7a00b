/// Keeps an object alive until a letter to its own loop has been opened: for objects that end while they
/// are on the stack.
struct Retained<Object: AnyObject>: @unchecked Sendable {
    private let object: Object
    init(_ object: Object) { self.object = object }
    /// Does nothing but end the lifetime.
    @Sendable func release() {}
}
