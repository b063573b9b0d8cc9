import Foundation
import Schemes
import Tensors
import TestSupport
import Testing

/// Fixtures made by `Tests/Fixtures/bitsandbytes-scales.py`.
@Suite struct NestedScalesTests {
  @Test func `dynamic numbers are those of bitsandbytes`() throws {
    #expect(NestedScales.dynamic == (try Self.floats(Self.map)))
  }

  /// 350 scales: a whole block and a part of one.
  @Test func `scales become the bytes of bitsandbytes`() throws {
    let nested = NestedScales(try Self.floats(Self.absmax))
    #expect(nested.codes == (try Self.bytes(Self.codes)))
    // A mean may be summed in another order.
    let mean = try Self.floats(Self.offset)[0]
    #expect(abs(nested.mean / mean - 1) < 1e-6)
    let factors = try Self.floats(Self.factors)
    #expect(nested.factors.count == 2 && zip(nested.factors, factors).allSatisfy { abs($0 / $1 - 1) < 1e-5 })
  }

  /// Rows that start and end inside of a block of scales read themselves, and know all that bitsandbytes stores.
  @Test(arguments: ["nf4_dq", "fp4_dq"])
  func `rows share blocks of scales`(name: String) throws {
    let scheme = try #require(WeightFormats.named(name) as? any Scheme)
    var random = SeededRandom(seed: 3)
    let weights = random.gaussianMatrix(rows: 70, columns: 320, scale: 0.05)
    let ones = [Float](repeating: 1, count: 320)
    let grid = scheme.fit(weights, importance: ones, on: Workers(count: 2))
    let plain = try #require(WeightFormats.named(String(name.prefix(3))) as? any Scheme)
    let unrounded = plain.fit(weights, importance: ones, on: Workers(count: 2)).rows.flatMap(\.scales)
    let nested = NestedScales(unrounded)
    #expect(grid.rows.flatMap(\.scales) == (0..<350).map { nested.scale($0) })
    let codes = grid.nearestCodes(weights)
    let packed = scheme.pack(codes, grid)
    #expect(packed.columns == scheme.bytesPerRow(columns: 320) && packed.columns == 8 + 2 * 4 + 5 * 33)
    let values = scheme.unpack(packed.bytes, rows: 70, columns: 320).array()
    #expect(values == grid.values(codes).array())
    for row in [0, 51, 52, 69] {
      let bytes = packed.row(row).bytes
      #expect(bytes.littleEndian(UInt32.self, at: 4) == UInt32(row * 5 % 256))
      for group in 0..<5 {
        #expect(bytes.littleEndian(UInt8.self, at: 16 + group * 33) == nested.codes[row * 5 + group])
        let place = (row * 5 % 256 + group) / 256
        #expect(
          Float(bitPattern: bytes.littleEndian(UInt32.self, at: 8 + 4 * place))
            == nested.factors[(row * 5 + group) / 256])
      }
    }
  }

  @Test func `equal scales lose nothing`() {
    let nested = NestedScales([Float](repeating: 0.25, count: 300))
    #expect((0..<300).allSatisfy { nested.scale($0) == 0.25 })
    #expect(NestedScales([]).codes.isEmpty)
  }

  private static func bytes(_ text: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters)))
  }

  private static func floats(_ text: String) throws -> [Float] {
    try bytes(text).withUnsafeBytes { raw in
      (0..<raw.count / 4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
    }
  }

  private static let absmax = """
    piQBPnID8z3+yRE++5kWPgUpAD75EwM+KIMKPndtBT71yBU+JNr9PUot3D1X3QU+rn4IPvi3CT5LyR0+RiAhPj+A3z36z/49btXZPSlPBT60Eu
    k9Pwf6Pdi/AT5jwyk+eCPTPeya/z3Thjc+W2vpPfPt/T1HLM49DdPRPSvmCz7TvyU+bYvqPTkJ1T1nOCM+6N74PRq36D3hbeM96JcqPkOsED6D
    uQE+kc0FPltcEj5Ln/o9x2UOPrQ3Kz6jxtQ9es0JPuQICj68Kwc+2+DtPcmiBj6TUds9i6zaPeXV1j3POwI+dT7+PSMWIT7Wd889Ac/qPThV7z
    0qVhY+lFUiPrOU3j0zWvE9VK0APqzSJD5SBgE+1HEdPp/ODT7Iju89/9cDPiyMCj7Hxdg9erMRPt4b7z0X2us9SBcXPq9T7D2f6SQ+mu02Pqpg
    KD6s7Sg+FRgOPnsQDj4YF+A98JQlPhD6AD6V5vQ99wLhPeqn4z183dw98JUfPhyiAT5EOeY9ylhNPmFs1z3GJu89uRYLPoqv5z1/9gk+UkLwPX
    OzGT4G1vc98UjsPTBIEz7DEQI+XW7GPQjqJT5dQAw+WSYAPpxxCD5bnwk+zOASPnWTDD5cY0A+pSwEPmAXyD3K5gs+bYUmPg9c5z1CQwc+0TXi
    PR+86T0Me8Q9wtYEPqJf+j1Rrs49MpgRPkGVHT50DvE9EtUPPvwSAT5WW9s9t74BPngD1z3gfg4+AIXbPdm7zT2Z1AM+0kQIPlCUDz4shy4+mZ
    FDPs+VBz6F8+g9xxUIPnGQ7T0rZNg9yobnPYjXvz1GdtI9R8C0PUDXCT7qhPQ9h4P4PfLY2D05xA8+DeMKPoID8z2NOzo+GwIKPpmO/D2t6RI+
    EgC3PS7t/j17mQc+RvvgPfh2Az5EFdc9qBIKPrwF3z0cRAI+jdQKPjsVBj6U7Tc+4WXhPZVw7j3smQo+G7YgPjJPCD6fsgE+3ikRPjscEz6YHR
    Y+4kbYPeEJDT7kkeY9yjPnPegM4D0fPfM9SdHUPdEqDD7CovM9aC7dPQAqGD7+lBg+LmsXPprQAT6RFA0+zXACPuee2T1vzxY+wqb8PcXn3j3Z
    1yA+WizoPVVqAT7b7/49yrXxPZG/Gj6fJRE+Cz4OPpD4Dz59OgA+fRr5PU3pBD7mEvk9Wc4FPhPiEz70rQ0+c4MQPk7U6z3C1gU+byoRPg5//T
    0k9fY97k0BPpKEFj6FXO49e3/iPZwXJz6fwqQ9Jx4FPtgTBj4yRO49cQAEPtPH9z3iQ909Xj8DPjci0T2V1OY95PYBPjrvID5bnN49oSzcPTEq
    8z04ArQ9cfHrPXfGAD5qi/09wKPqPbKuCj5CYSU+ZckKPg52GT7vVyE+1XUNPii5OT6i1DA+eRQbPjeh7j3FawE+qWL9PYAk7D2DyOs9uLkKPn
    OsGD7mve8931v8PWTyCD4r1OU9iNewPfHhGD6MHAk+Fh8nPjp0Dj5CxRw+GwkBPm1TBT4ZQe09w9jmPbNp5D2pt/89tdYSPsnA8z2ujww+59D+
    PTal7z1EXwg+GSvgPRYf5T3qlM49Gb0aPtpmGj4QYv49KqX1PaXeuD02eyI+B0AJPtiwEz5fIes96kD9PYvgDj6cMxM+smjGPW16xD0Wdfw9aP
    bVPRGF6z32vQQ+SXEgPtbD3z3LoOk9YUcGPq5P9z3CPzA+eYv7Pan/Dz757xM+I7IaPgRr1j0Ev+s97w0cPgDu5D2vhwk+p7j3PfpH5D3NncM9
    izEKPuHx4z3wtQY+LXfsPf2XAT7/f/Q9VvrqPY00zz018vs9sWUMPrasCD7ktQU+pIoWPqYpAz4FYtM9pYfxPZF6Iz5UDQ8+ySobPlS7Bj4=
    """
  private static let codes = """
    Vz3FylJjvKPJTDKlsrjR1DNOMaM4Q1rcLVDpOEwrLb/YOS7WQDg13cRapcZEwt4uuLqsOqkxMS9cTdQsOTvJ1TM8VddW0ME7kbwwxTs5yjrX6d
    vbwcE02FY+NDUy0lk3/y87vje5O80/OsZbJ9jAUrK4xsDymSi/2TesNTgmoUQrxdA8w1YxWi/CMSuQscPh9a44sDowNyQtH7k+QDDDvj3suUnG
    IE+uNGwvujNcvafqNDu807FZxMbJMMA3NzQ9LsA9MsvMylrAXTHKSTPUOFhPPM7EwsNSQaFBpcfBxDmlxEs/WMo7NdoXoqc6lD8yZyw3W9QzMj
    0eOVVLOb3YvdTexP/z1jZUQjU0wdM3QL4xDtO+5sbYUqY1MTBKyzrDRze6LTAh1tVGOxPgv8w0QsbMHBtAJjSi3S0zrDzyP8jN1iY01zC/PDAa
    wC+vNVU6NCI/w7yo0GAkOOHG1q8=
    """
  private static let factors = """
    GlSTPawpWD0=
    """
  private static let offset = """
    va4DPg==
    """
  private static let map = """
    MzN+v5qZer8AAHe/ZmZzv83Mb78zM2y/mplovwAAZb9mZmG/zcxdvzMzWr+amVa/AABTv2ZmT7/NzEu/MzNIv5qZRL8AAEG/ZmY9v83MOb80Mz
    a/mpkyvwAAL79mZiu/zcwnvzQzJL+amSC/AAAdv2ZmGb/NzBW/NDMSv5qZDr8AAAu/ZmYHv8zMA78zMwC/MjP5vgAA8r7MzOq+mpnjvmZm3L4z
    M9W+AADOvszMxr6amb++Zma4vjMzsb4AAKq+zMyivpqZm75mZpS+NDONvgAAhr6ZmX2+MzNvvs3MYL5mZlK+AABEvpqZNb4zMye+zcwYvmZmCr
    4AAPi9NDPbvYXryb33KMS9Z2a+vdejuL1I4bK9uB6tvSpcp72amaG9CtebvXsUlr3rUZC9XY+Kvc3MhL17FH69XY9yvT0KZ70fhVu9AABQveF6
    RL3D9Ti9o3AtvYXrIb1nZha9SOEKvVK4/rwVrue816PQvJqZubxdj6K8H4WLvMP1aLxI4Tq8ZDsfvBgEFrzNzAy8gZUDvGq89LvTTeK7O9/Pu6
    RwvbsNAqu7dJOYu90khruKbGe7XI9Cuy2yHbv8qfG6ne+nuv9ld7o+6Fm6gGo8usHsHroBbwG6g+LHuQXnjLkL1yO5Sx+6uLPvirg0gDe4BkKy
    t/8FAreUGlq2t6MTtQAAAAC3oxM1lBpaNv8FAjcGQrI3NIA3OLPvijhLH7o4C9cjOQXnjDmD4sc5AW8BOsHsHjqAajw6PuhZOv9ldzqd76c6/K
    nxOi2yHTtcj0I7imxnO90khjt0k5g7DQKrO6RwvTs73887003iO2q89DuBlQM8zcwMPBgEFjxkOx88SOE6PMP1aDwfhYs8XY+iPJqZuTzXo9A8
    Fa7nPFK4/jxI4Qo9Z2YWPYXrIT2jcC09w/U4PeF6RD0AAFA9H4VbPT0KZz1dj3I9exR+Pc3MhD1dj4o961GQPXsUlj0K15s9mpmhPSpcpz24Hq
    09SOGyPdejuD1nZr499yjEPYXryT00M9s9AAD4PWZmCj7NzBg+MzMnPpqZNT4AAEQ+ZmZSPs3MYD4zM28+mZl9PgAAhj40M40+ZmaUPpqZmz7M
    zKI+AACqPjMzsT5mZrg+mpm/PszMxj4AAM4+MzPVPmZm3D6ameM+zMzqPgAA8j4yM/k+MzMAP8zMAz9mZgc/AAALP5qZDj80MxI/zcwVP2ZmGT
    8AAB0/mpkgPzQzJD/NzCc/ZmYrPwAALz+amTI/NDM2P83MOT9mZj0/AABBP5qZRD8zM0g/zcxLP2ZmTz8AAFM/mplWPzMzWj/NzF0/ZmZhPwAA
    ZT+amWg/MzNsP83Mbz9mZnM/AAB3P5qZej8zM34/AACAPw==
    """
}
