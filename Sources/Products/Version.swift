/// This version of the program, as manifests and products name it.
package enum Planish {
  package static let version = "0.1.0"
}
