using LoraFederation.Privacy.SecureAggregation;
using LoraFederation.Tests.Testing;

namespace LoraFederation.Tests.Privacy;

/// <summary>Secure sums: the protocol whole, with clients that drop out and messages that are not what they have to be.</summary>
public sealed class SecureAggregationTests
{
    private static readonly PayloadTensor[] Tensors = [new("weight", 1, 1000), new("x", 5, 4), new("y", 2100, 0.001)];

    [TestCase(2, 2, 0, 0)]
    [TestCase(5, 3, 0, 0)]
    [TestCase(5, 3, 1, 1)]
    [TestCase(7, 4, 0, 3)]
    [TestCase(7, 4, 3, 0)]
    public void Sum_IsTheSumOfTheEncodedNumbers_WhoeverDropsOut(int clients, int threshold, int droppedEarly, int droppedLate)
    {
        SecureRound round = Round(clients, threshold);
        Dictionary<string, Dictionary<string, double[]>> payloads = round.Clients.ToDictionary(client => client, client => Payload(round, round.Clients.Count + client[^1]), StringComparer.Ordinal);
        SecureSum sum = SecureSums.Run(round, payloads, droppedEarly, droppedLate);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sum.Clients, Is.EqualTo(round.Clients.Skip(droppedEarly + droppedLate)));
            for (int i = 0; i < Tensors.Length; i++)
            {
                double[] expected = new double[Tensors[i].Length];
                for (int element = 0; element < expected.Length; element++)
                {
                    // The sum of integers in 128 bits cannot wrap; the ring's must be the same.
                    Int128 exact = 0;
                    foreach (string client in sum.Clients)
                    {
                        exact += (Int128)Math.Round(payloads[client][Tensors[i].Name][element] / round.Encodings[i].Step);
                    }

                    expected[element] = (double)exact * round.Encodings[i].Step;
                }

                Assert.That(sum.Tensors[Tensors[i].Name], Is.EqualTo(expected));
            }
        }
    }

    [Test]
    public void Encoding_LosesLessThanFloatsDo()
    {
        FixedPoint encoding = new(new PayloadTensor("x", 1, 1), 1000);
        ulong[] elements = new ulong[3];
        double[] back = new double[3];
        encoding.Encode([1, (float)0.1, -float.Epsilon], elements);
        encoding.Decode(elements, back);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(encoding.Step, Is.EqualTo(Math.ScaleB(1, -51)));
            Assert.That(back, Is.EqualTo([1, (float)0.1, 0]));
        }
    }

    [Test]
    public void Encoding_OfTheLargestNumbers_DoesNotWrap([Values(2, 3, 1000, 1024, 1025)] int clients, [Values(1e-30, 0.75, 1, 1e30)] double range)
    {
        FixedPoint encoding = new(new PayloadTensor("x", 1, range), clients);
        ulong[] element = new ulong[1];
        double[] sum = new double[1];
        encoding.Encode([-range], element);
        encoding.Decode([unchecked(element[0] * (ulong)clients)], sum);
        Assert.That(sum[0], Is.EqualTo(-range * clients).Within(1e-13).Percent);
    }

    [TestCase(double.NaN)]
    [TestCase(4.0000001)]
    [TestCase(double.NegativeInfinity)]
    public void Encoding_OutsideItsRange_IsRefused_WithTheElement(double value)
    {
        FederationException error = Assert.Throws<FederationException>(() => new FixedPoint(Tensors[1], 3).Encode([0, value], new ulong[2]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.OutOfRange));
            Assert.That(error.Message, Does.Contain("Element 1 of 'x'").And.Contain("±4"));
        }
    }

    [Test]
    public void MaskedPayload_LooksUniform()
    {
        // Zeros under a mask: of n uniform bits about half are ones, with deviation √n / 2.
        SecureRound round = new("s", ["a", "b"], 2, [new PayloadTensor("x", 20_000, 1)]);
        Dictionary<string, double[]> zeros = new(StringComparer.Ordinal) { ["x"] = new double[20_000] };
        MaskedPayload[] masked = SecureSums.Masked(round, round.Clients.ToDictionary(client => client, _ => zeros, StringComparer.Ordinal));
        double bits = 20_000 * 64;
        using (Assert.EnterMultipleScope())
        {
            foreach (MaskedPayload payload in masked)
            {
                Assert.That(payload.Elements.ToArray().Sum(element => (double)ulong.PopCount(element)), Is.EqualTo(bits / 2).Within(6 * Math.Sqrt(bits) / 2));
            }

            Assert.That(masked[0].Elements.ToArray().Zip(masked[1].Elements.ToArray(), (left, right) => unchecked(left + right)), Has.Some.Not.Zero, "The own masks are still on.");
        }
    }

    [Test]
    public void Unmask_WithFewerThanTheThreshold_IsRefused()
    {
        SecureRound round = Round(5, 3);
        Dictionary<string, Dictionary<string, double[]>> payloads = round.Clients.ToDictionary(client => client, _ => Payload(round, 1), StringComparer.Ordinal);
        FederationException error = Assert.Throws<FederationException>(() => SecureSums.Run(round, payloads, 0, 3))!;
        Assert.That(error.Error, Is.EqualTo(FederationError.TooFewUpdates));
    }

    [Test]
    public void Unmask_OfFalseShares_IsRefused_NotWrong([Values] bool ofKey)
    {
        SecureRound round = Round(4, 3);
        Dictionary<string, Dictionary<string, double[]>> payloads = round.Clients.ToDictionary(client => client, _ => Payload(round, 1), StringComparer.Ordinal);
        FederationException error = Assert.Throws<FederationException>(() => SecureSums.Run(round, payloads, 0, 1, revealed =>
        {
            Dictionary<string, ReadOnlyMemory<byte>> shares = (ofKey ? revealed.Keys : revealed.Seeds).ToDictionary(
                share => share.Key, share => (ReadOnlyMemory<byte>)share.Value.ToArray().Select((value, i) => (byte)(i == 65 ? value ^ 1 : value)).ToArray(), StringComparer.Ordinal);
            return ofKey ? revealed with { Keys = shares } : revealed with { Seeds = shares };
        }))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.Protocol));
            Assert.That(error.Message, Does.Contain(ofKey ? "key that the shares" : "seed that the shares"));
        }
    }

    [Test]
    public void Client_DoesNotTakeAStepTwice_NorRevealWhenSaidToHaveDroppedOut()
    {
        SecureRound round = Round(2, 2);
        using SecureClient one = new(round, round.Clients[0]);
        using SecureClient two = new(round, round.Clients[1]);
        KeyAdvertisement[] keys = [one.Advertise(), two.Advertise()];
        IReadOnlyList<SealedShare> toTwo = one.ShareSecrets(keys);
        IReadOnlyList<SealedShare> toOne = two.ShareSecrets(keys);
        one.Mask(Payload(round, 1), toOne);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => one.Mask(Payload(round, 2), toOne), Throws.InvalidOperationException);
            Assert.That(() => two.Reveal(round.Clients), Throws.InvalidOperationException);
            Assert.That(() => two.Mask(Payload(round, 1), [toTwo[0] with { Content = toTwo[0].Content.ToArray().Select(value => (byte)(value ^ 1)).ToArray() }]), Throws.TypeOf<FederationException>().With.Message.Contains("cannot be opened"));
            Assert.That(() => one.Reveal([round.Clients[1], "stranger"]), Throws.TypeOf<FederationException>().With.Message.Contains("reveals nothing"));
        }
    }

    [Test]
    public void Round_ThatCannotBe_IsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new SecureRound("s", ["a"], 1, Tensors), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SecureRound("s", ["a", "b", "c", "d"], 2, Tensors), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("from 3 to 4"));
            Assert.That(() => new SecureRound("s", ["a", "b"], 3, Tensors), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SecureRound("s", ["a", "a"], 2, Tensors), Throws.ArgumentException);
            Assert.That(() => new SecureRound("s", ["a", "b"], 2, [Tensors[0], Tensors[0]]), Throws.ArgumentException);
            Assert.That(() => new SecureRound("s", ["a", "b"], 2, [Tensors[0] with { Range = double.NaN }]), Throws.ArgumentException);
            Assert.That(() => new SecureRound("s", ["a", "b"], 2, []), Throws.ArgumentException);
        }
    }

    [Test]
    public void Server_RefusesMessagesOutOfPlace()
    {
        SecureRound round = Round(3, 2);
        SecureServer server = new(round);
        using SecureClient client = new(round, round.Clients[0]);
        KeyAdvertisement keys = client.Advertise();
        server.Add(keys);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => server.Add(keys), Throws.TypeOf<FederationException>().With.Message.Contains("twice"));
            Assert.That(() => server.Add(keys with { ClientId = "stranger" }), Throws.TypeOf<FederationException>().With.Message.Contains("not one of the round"));
            Assert.That(() => server.Add(keys with { ClientId = round.Clients[1], MaskKey = new byte[10] }), Throws.TypeOf<FederationException>().With.Message.Contains("not one of P-384"));
            Assert.That(() => server.Add(new MaskedPayload(round.Clients[0], new ulong[round.Length])), Throws.TypeOf<FederationException>().With.Message.Contains("without shares"));
            Assert.That(() => server.Add(new MaskedPayload(round.Clients[0], new ulong[1])), Throws.TypeOf<FederationException>().With.Message.Contains("1 elements"));
            Assert.That(() => server.Add(round.Clients[0], [new SealedShare(round.Clients[0], "stranger", default)]), Throws.TypeOf<FederationException>());
        }
    }

    [Test]
    public void Shares_OfAnyThree_GiveTheSecret_AndTwoDoNot()
    {
        byte[] secret = [.. Enumerable.Range(0, 48).Select(i => (byte)(255 - i))];
        byte[][] shares = ShamirSecret.Split(secret, 5, 3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ShamirSecret.Combine([(1, shares[0]), (3, shares[2]), (5, shares[4])], 48), Is.EqualTo(secret));
            Assert.That(ShamirSecret.Combine([(4, shares[3]), (2, shares[1]), (3, shares[2])], 48), Is.EqualTo(secret));
            Assert.That(ShamirSecret.Combine([(1, shares[0]), (2, shares[1])], 48), Is.Not.EqualTo(secret));
            Assert.That(shares, Is.All.Length.EqualTo(ShamirSecret.ShareLength));
        }
    }

    [Test]
    public void MaskStream_IsCounterModeOfAes_WhateverIsTakenAtOnce()
    {
        // NIST SP 800-38A, F.5.5 has another counter; here the first block is AES-256 of zeros under the key of zeros: FIPS-197's DC95C078A2408989AD48A21492842087.
        ulong[] whole = new ulong[5000];
        ulong[] pieces = new ulong[5000];
        using (MaskStream stream = new(new byte[32]))
        {
            stream.Apply(whole, isAdded: true);
        }

        using (MaskStream stream = new(new byte[32]))
        {
            for (int start = 0; start < pieces.Length; start += 7)
            {
                stream.Apply(pieces.AsSpan(start, Math.Min(7, pieces.Length - start)), isAdded: true);
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(BitConverter.GetBytes(whole[0]).Concat(BitConverter.GetBytes(whole[1])), Is.EqualTo(Convert.FromHexString("DC95C078A2408989AD48A21492842087")));
            Assert.That(pieces, Is.EqualTo(whole));
            Assert.That(whole.Distinct().Count(), Is.EqualTo(5000));
        }
    }

    private static SecureRound Round(int clients, int threshold) => new("round-1", Enumerable.Range(0, clients).Select(i => $"client-{i}"), threshold, Tensors);

    private static Dictionary<string, double[]> Payload(SecureRound round, int seed)
    {
        Random random = new(seed);
        return round.Tensors.ToDictionary(
            tensor => tensor.Name, tensor => Enumerable.Range(0, tensor.Length).Select(_ => tensor.Range * ((2 * random.NextDouble()) - 1)).ToArray(), StringComparer.Ordinal);
    }
}
