/// Every mix that this version knows.
package enum Mixes {
  /// From small to large.
  package static let all: [Mix] = [
    tq1_0, tq2_0, q2_k_s, q2_k, q3_k_s, q3_k_m, q3_k_l, iq4_xs, iq4_nl, q4_0, q4_1, q4_k_s, q4_k_m, q5_0, q5_1, q5_k_s,
    q5_k_m, q6_k, q8_0,
  ]

  /// The mix of that name, or nil.
  package static func named(_ name: String) -> Mix? {
    all.first { $0.name == name }
  }
}
