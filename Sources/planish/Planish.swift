@main struct Planish { static func main() {} }
