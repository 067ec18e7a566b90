using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

/// <summary>Every kernel against a loop over single elements, bit by bit, for every vector width and storage type.</summary>
[Category("Kernels")]
public sealed unsafe partial class PassKernelTests
{
    private static readonly float[] Specials =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, 0f, float.Epsilon, -1e-40f, float.MaxValue, -float.MaxValue];

    private static readonly DataType[] Types = [DataType.F32, DataType.BF16, DataType.F16];

    private readonly float[] _weights = [0.3f, -0.25f, 0.7f, 1.5f];

    private delegate bool Kernel(PassKernels kernels, Chunks chunks, void* destination, int count);

    private delegate void MaskKernel(PassKernels kernels, Chunks chunks, ushort* mask, int count);

    private delegate float Expected(int i);

    [Test]
    public void WeightedSum_AtEveryLength_EqualsAFusedLoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special)
    {
        foreach (int inputs in new[] { 1, 2, 3, 4 })
        {
            CheckStored(width, type, special, inputs, (kernels, chunks, destination, count) =>
            {
                fixed (nint* vectors = chunks.Addresses)
                fixed (float* weights = _weights)
                {
                    return kernels.WeightedSum((void**)(vectors + 1), weights, inputs, destination, count);
                }
            }, chunks => i =>
            {
                float sum = _weights[0] * chunks.Values[1][i];
                for (int j = 1; j < inputs; j++)
                {
                    sum = MathF.FusedMultiplyAdd(_weights[j], chunks.Values[j + 1][i], sum);
                }

                return sum;
            });
        }
    }

    [Test]
    public void AddDeltas_AtEveryLength_EqualsAFusedLoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special)
    {
        foreach (int inputs in new[] { 1, 3 })
        {
            CheckStored(width, type, special, inputs, (kernels, chunks, destination, count) =>
            {
                fixed (nint* vectors = chunks.Addresses)
                fixed (float* weights = _weights)
                {
                    return kernels.AddDeltas((void*)vectors[0], (void**)(vectors + 1), weights, inputs, destination, count);
                }
            }, chunks => i =>
            {
                float origin = chunks.Values[0][i];
                float sum = _weights[0] * (chunks.Values[1][i] - origin);
                for (int j = 1; j < inputs; j++)
                {
                    sum = MathF.FusedMultiplyAdd(_weights[j], chunks.Values[j + 1][i] - origin, sum);
                }

                return origin + sum;
            });
        }
    }

    [Test]
    public void ElementMean_AtEveryLength_EqualsTheDefinition([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values(1, 2)] int inputs)
    {
        float[] weights = [0.5f, 1.5f];
        float[] shares = [0.25f, 0.75f];
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special: false, count);
            bool hasNegative = false;
            for (int j = 0; j < inputs; j++)
            {
                hasNegative |= chunks.Values[3 + j].Any(value => value < 0);
            }

            bool finite;
            fixed (nint* vectors = chunks.Addresses)
            fixed (float* factors = weights)
            fixed (float* quotients = shares)
            {
                finite = Over(width, type).ElementMean((void**)(vectors + 1), (void**)(vectors + 3), factors, quotients, inputs, (void*)chunks.Result, count);
            }

            Assert.That(finite, Is.EqualTo(!hasNegative), $"{count}");
            float[] results = chunks.Results(type);
            for (int i = 0; i < count; i++)
            {
                float first = chunks.Values[1][i];
                float divisor = 0;
                for (int j = 0; j < inputs; j++)
                {
                    divisor = MathF.FusedMultiplyAdd(weights[j], chunks.Values[3 + j][i], divisor);
                }

                float result = inputs == 1 ? first : MathF.FusedMultiplyAdd(
                    divisor == 0 ? shares[1] : weights[1] * chunks.Values[4][i] / divisor, chunks.Values[2][i] - first, first);
                if (float.IsFinite(result) && Enumerable.Range(0, inputs).All(j => chunks.Values[3 + j][i] >= 0))
                {
                    Assert.That(results[i], Is.EqualTo(Round(result, type)), $"{i} of {count}");
                }
            }
        }
    }

    [Test]
    public void AddSum_AtEveryLength_EqualsALoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special) =>
        CheckStored(width, type, special, 3, (kernels, chunks, destination, count) =>
        {
            fixed (nint* deltas = chunks.Deltas)
            {
                return kernels.AddSum((void*)chunks.Addresses[0], (float**)deltas, 3, destination, count);
            }
        }, chunks => i => chunks.Values[0][i] + ((chunks.DeltaValues[0][i] + chunks.DeltaValues[1][i]) + chunks.DeltaValues[2][i]));

    [Test]
    public void Elect_AtEveryLength_EqualsTheDefinition(
        [Range(0, 2)] int width,
        [ValueSource(nameof(Types))] DataType type,
        [Values] bool byHead,
        [Values(0f, 0.3f, -1f)] float smallest,
        [Values(1, 2, 3, 4)] int voters,
        [Values] bool special)
    {
        bool normalize = smallest >= 0;
        float[] values = [1, 0.5f, 3, 2];
        float[] divisors = [1, 0.25f, -1, 2];
        ElectionRule rule = new(byHead, normalize, smallest, smallest > 0 ? smallest : 1, 0.75f);
        CheckStored(width, type, special, 4, (kernels, chunks, destination, count) =>
        {
            fixed (nint* votes = chunks.Deltas)
            fixed (float* value = values, divisor = divisors)
            {
                ElectionTerms terms = new() { Votes = (float**)votes, Count = voters, Values = value, Divisors = divisor };
                return kernels.Elect((void*)chunks.Addresses[0], &terms, rule, destination, count);
            }
        }, chunks => i =>
        {
            float[] votes = [.. chunks.DeltaValues.Take(voters).Select(vote => vote[i])];
            float total = votes.Aggregate(0f, (sum, vote) => sum + (byHead ? (vote > 0 ? 1 : 0) - (vote < 0 ? 1 : 0) : vote));
            float mixed = 0;
            float divided = 0;
            for (int j = 0; j < voters; j++)
            {
                if (total >= 0 ? votes[j] > 0 : votes[j] < 0)
                {
                    mixed = MathF.FusedMultiplyAdd(values[j], votes[j], mixed);
                    divided += divisors[j];
                }
            }

            mixed = normalize ? mixed / (MathF.Abs(divided) > smallest ? divided : rule.Substitute) : mixed;
            return MathF.FusedMultiplyAdd(0.75f, mixed, chunks.Values[0][i]);
        });
    }

    [Test]
    public void Variances_AtEveryLength_AreTheDefinitionsInDouble([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Range(1, 4)] int inputs)
    {
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special: false, count);
            fixed (nint* vectors = chunks.Addresses)
            {
                Assert.That(Over(width, type).Variances((void**)(vectors + 1), (void*)vectors[0], inputs, (float*)chunks.Result, count), Is.True);
            }

            float[] actual = chunks.Results(DataType.F32);
            for (int i = 0; i < count; i++)
            {
                double[] deltas = [.. Enumerable.Range(1, inputs).Select(j => (double)(chunks.Values[j][i] - chunks.Values[0][i]))];
                double mean = deltas.Average();
                double variance = deltas.Sum(delta => (delta - mean) * (delta - mean)) / inputs;
                double tolerance = deltas.Distinct().Count() == 1 ? 0 : 2e-6 * variance;
                Assert.That(Math.Abs(actual[i] - variance), Is.LessThanOrEqualTo(tolerance), $"{i} of {count}: {actual[i]:R}, not {variance:R}");
            }
        }
    }

    [Test]
    public void DeltasAndMagnitudes_AtEveryLength_EqualALoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special)
    {
        CheckFloats(width, type, special, (kernels, chunks, destination, count) =>
            kernels.Delta((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], -0.3f, (float*)destination, count), (_, delta) => -0.3f * delta);
        CheckFloats(width, type, special, (kernels, chunks, destination, count) =>
            kernels.Magnitudes((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], (float*)destination, count), (_, delta) => MathF.Abs(delta));
    }

    [Test]
    public void DeltaMasked_AtEveryLength_KeepsWhatTheMaskSays([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type)
    {
        Chunks? current = null;
        CheckFloats(width, type, special: false, (kernels, chunks, destination, count) =>
        {
            current = chunks;
            return kernels.DeltaMasked((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], 1.1f, (ushort*)chunks.Masks[0], (float*)destination, count);
        }, (i, delta) => current!.Keeps(0, i) ? 1.1f * delta : 0);
    }

    [Test]
    public void DeltaAbove_AtEveryLength_KeepsWhatIsAboveTheLimit([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values(-1, 0x3E80_0000)] int limit) =>
        CheckFloats(width, type, special: false, (kernels, chunks, destination, count) =>
            kernels.DeltaAbove((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], 1.1f, limit, (float*)destination, count),
            (_, delta) => BitConverter.SingleToInt32Bits(MathF.Abs(delta)) > limit ? 1.1f * delta : 0);

    [Test]
    public void DeltaAboveOrTied_AtEveryLength_KeepsTheTiesThatACursorKeeps(
        [Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values(1000L, int.MaxValue, 5L * int.MaxValue)] long total, [Values(0.25f, 0.5f)] float threshold)
    {
        int limit = BitConverter.SingleToInt32Bits(threshold);
        TieCursor Start() => new(7 * (total / 11), 3, total, total / 3, 5);
        TieCursor reference = default;
        int next = -1;
        TieCursor after = default;
        CheckFloats(width, type, special: false, (kernels, chunks, destination, count) =>
        {
            TieCursor ties = Start();
            bool finite = kernels.DeltaAboveOrTied((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], 1.1f, limit, ref ties, (float*)destination, count);
            after = ties;
            next = -1;
            return finite;
        }, (i, delta) =>
        {
            if (i < next || next < 0)
            {
                reference = Start();
            }

            next = i;
            int bits = BitConverter.SingleToInt32Bits(MathF.Abs(delta));
            return bits > limit || (bits == limit && reference.KeepsNext()) ? 1.1f * delta : 0;
        }, _ => Assert.That(after.State, Is.EqualTo(reference.State)));
    }

    [Test]
    public void DeltaBetween_AtEveryLength_KeepsWhatTheLowerLimitKeepsAndTheHigherDoesNot(
        [Range(0, 2)] int width,
        [ValueSource(nameof(Types))] DataType type,
        [Values(1000L, int.MaxValue, 5L * int.MaxValue)] long total,
        [Values(0f, 0.125f, 0.25f)] float low,
        [Values(0.25f, 0.5f, float.NaN)] float high,
        [Values(0, 1)] int distance)
    {
        int lowest = BitConverter.SingleToInt32Bits(low);
        int highest = float.IsNaN(high) ? 0x7FFF_FFFF : distance > 0 ? lowest + distance : BitConverter.SingleToInt32Bits(high);
        TieCursor StartLow() => new(7 * (total / 11), 3, total, total / 3, 5);
        TieCursor StartHigh() => new(5 * (total / 13), 2, total, total / 4, 9);
        (TieCursor Low, TieCursor High) reference = default;
        (TieCursor Low, TieCursor High) after = default;
        CheckFloats(width, type, special: false, (kernels, chunks, destination, count) =>
        {
            reference = (StartLow(), StartHigh());
            after = reference;
            return kernels.DeltaBetween(
                (void*)chunks.Addresses[1], (void*)chunks.Addresses[0], 1.1f, lowest, highest, ref after.Low, ref after.High, (float*)destination, count);
        }, (_, delta) =>
        {
            int bits = BitConverter.SingleToInt32Bits(MathF.Abs(delta));
            bool kept = bits > lowest || (bits == lowest && reference.Low.KeepsNext());
            bool dropped = bits > highest || (bits == highest && reference.High.KeepsNext());
            return kept && !dropped ? 1.1f * delta : 0;
        }, count =>
        {
            // Zeros behind the last element tie with a limit of zero, which decides nobody's.
            if (lowest > 0 || count % ChunkKernels.Step == 0)
            {
                Assert.That((after.Low.State, after.High.State), Is.EqualTo((reference.Low.State, reference.High.State)));
            }
        });
    }

    [Test]
    public void DeltaRandom_AtEveryLength_KeepsDrawsBelowTheLimit(
        [Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values(1u, 20_000u, 65_535u, 65_536u)] uint limit, [Values(0L, 1L << 28)] long firstBlock)
    {
        PhiloxKey key = new(12, 345);
        CheckFloats(width, type, special: false, (kernels, chunks, destination, count) =>
            kernels.DeltaRandom((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], 2, key, firstBlock, limit, (float*)destination, count),
            (i, delta) => Philox.Draw((firstBlock * Philox.ElementsPerBlock) + i, key) < limit ? 2 * delta : 0);
    }

    [Test]
    public void KeptMagnitudes_AtEveryLength_EqualALoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special)
    {
        float* all = stackalloc float[ChunkKernels.Capacity];
        CheckFloats(width, type, special, (kernels, chunks, destination, count) =>
        {
            bool finite = kernels.KeptMagnitudes((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], (ushort*)chunks.Masks[0], all, (float*)destination, count);
            for (int i = 0; i < count; i++)
            {
                float kept = chunks.Keeps(0, i) ? all[i] : 0;
                Assert.That(BitConverter.SingleToInt32Bits(((float*)destination)[i]), Is.EqualTo(BitConverter.SingleToInt32Bits(kept)));
                ((float*)destination)[i] = all[i];
            }

            return finite;
        }, (_, delta) => MathF.Abs(delta));
    }

    [Test]
    public void KeptDeltas_AtEveryLength_KeepWhatTheMaskSays([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type)
    {
        Chunks? current = null;
        CheckFloats(width, type, special: false, (kernels, chunks, destination, count) =>
        {
            current = chunks;
            return kernels.KeptDeltas((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], (ushort*)chunks.Masks[0], (float*)destination, count);
        }, (i, delta) => current!.Keeps(0, i) ? delta : 0);
    }

    [Test]
    public void MaskAbove_AtEveryLength_KeepsWhatIsAboveTheLimit([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Values(-1, 0, 0x3E80_0000)] int limit) =>
        CheckMask(width, type, special, (kernels, chunks, mask, count) => kernels.MaskAbove((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], limit, mask, count), (_, bits) => bits > limit);

    [Test]
    public void MaskAboveOrTied_AtEveryLength_KeepsTheTiesThatACursorKeeps(
        [Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values(1000L, int.MaxValue, 5L * int.MaxValue)] long total, [Values(0.25f, 0.5f)] float threshold)
    {
        int limit = BitConverter.SingleToInt32Bits(threshold);
        TieCursor reference = default;
        TieCursor after = default;
        CheckMask(width, type, special: false, (kernels, chunks, mask, count) =>
        {
            reference = new(7 * (total / 11), 3, total, total / 3, 5);
            after = reference;
            kernels.MaskAboveOrTied((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], limit, ref after, mask, count);
        }, (_, bits) => bits > limit || (bits == limit && reference.KeepsNext()), () => Assert.That(after.State, Is.EqualTo(reference.State)));
    }

    [Test]
    public void MaskRandom_AtEveryLength_KeepsDrawsBelowTheLimit(
        [Range(0, 2)] int width, [Values(1u, 20_000u, 65_535u, 65_536u)] uint limit, [Values(0L, 1L << 28)] long firstBlock)
    {
        PhiloxKey key = new(12, 345);
        CheckMask(width, DataType.F32, special: false, (kernels, _, mask, count) => kernels.MaskRandom(key, firstBlock, limit, mask, count),
            (i, _) => Philox.Draw((firstBlock * Philox.ElementsPerBlock) + i, key) < limit);
    }

    [Test]
    public void CountBrackets_OfTwo_CountEachAsOneAlone(
        [Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Values(0f, 0.25f)] float low, [Values(0.25f, 0.5f, float.NaN)] float high)
    {
        const int room = ChunkKernels.Capacity + ChunkKernels.Step;
        uint* inside = stackalloc uint[3 * room];
        uint highBits = float.IsNaN(high) ? 0x7FFF_FFFF : BitConverter.SingleToUInt32Bits(high);
        (uint, uint)[] brackets = [(BitConverter.SingleToUInt32Bits(low), highBits), (0x3F00_0000, 0x3F00_0000), (0, 0x3E00_0000), (0x3EF8_0000, 0x3F00_0000)];
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special, count);
            void* input = (void*)chunks.Addresses[1];
            void* origin = (void*)chunks.Addresses[0];
            foreach ((uint otherLow, uint otherHigh) in brackets)
            {
                BracketCounts first = new(brackets[0].Item1, brackets[0].Item2);
                BracketCounts second = new(otherLow, otherHigh);
                bool finite = Over(width, type).CountBrackets(input, origin, count, ref first, ref second, inside, inside + room, out int foundFirst, out int foundSecond);
                foreach ((BracketCounts counted, int found, int place) in new[] { (first, foundFirst, 0), (second, foundSecond, 1) })
                {
                    BracketCounts alone = new(counted.Low, counted.High);
                    bool finiteAlone = Over(width, type).CountBracket(input, origin, count, ref alone, inside + (2 * room), out int foundAlone);
                    using (Assert.EnterMultipleScope())
                    {
                        Assert.That((counted.Above, counted.AtHigh, counted.AtLow, finite), Is.EqualTo((alone.Above, alone.AtHigh, alone.AtLow, finiteAlone)));
                        Assert.That(new Span<uint>(inside + (place * room), found).SequenceEqual(new Span<uint>(inside + (2 * room), foundAlone)), Is.True);
                    }
                }
            }
        }
    }

    [Test]
    public void DeltaScaled_AtEveryLength_MultipliesByTheFactors([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special)
    {
        Random random = new(6);
        float[] factors = [.. Enumerable.Range(0, ChunkKernels.Capacity).Select(_ => random.Next(3) == 0 ? 0 : 1 + random.NextSingle())];
        fixed (float* place = factors)
        {
            float* own = place;
            CheckFloats(width, type, special, (kernels, chunks, destination, count) =>
                kernels.DeltaScaled((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], -1.1f, own, (float*)destination, count),
                (i, delta) => own[i] == 0 ? 0 : (-1.1f * own[i]) * delta);
        }
    }

    [Test]
    public void Draw_OfAnyBlocks_IsTheDrawOfEachElement([Range(0, 2)] int width, [Values(0L, 77L, 1L << 40)] long firstBlock)
    {
        PhiloxKey key = new(12, 345);
        ushort[] draws = new ushort[5 * PassKernels.Block];
        fixed (ushort* place = draws)
        {
            ChunkKernels.All[width].Draw(key, firstBlock, place, draws.Length);
        }

        Assert.That(draws, Is.EqualTo(Enumerable.Range(0, draws.Length).Select(i => Philox.Draw((firstBlock * Philox.ElementsPerBlock) + i, key))));
    }

    [Test]
    public void KeepByRank_AtEveryLength_ComparesDrawsWithLimits([Range(0, 2)] int width, [Values(0.01f, 3000.25f)] float lowest, [Values(0f, 12.345f)] float step)
    {
        Random random = new(8);
        int[] ranks = [.. Enumerable.Range(0, ChunkKernels.Capacity).Select(_ => random.Next(4096))];
        ushort[] draws = [.. ranks.Select(rank => (ushort)Math.Clamp(Limit(rank) + random.Next(-2, 2), 0, 65535))];
        ushort[] kept = new ushort[ChunkKernels.Capacity / ChunkKernels.Step];
        float[] factors = new float[ChunkKernels.Capacity];
        foreach (int count in Lengths.All)
        {
            fixed (int* rank = ranks)
            fixed (ushort* draw = draws)
            fixed (ushort* bits = kept)
            fixed (float* own = factors)
            {
                ChunkKernels.All[width].KeepByRank(rank, draw, lowest, step, bits, count);
                ChunkKernels.All[width].KeepByRank(rank, draw, lowest, step, own, count);
            }

            for (int i = 0; i < count; i++)
            {
                bool keeps = draws[i] < Limit(ranks[i]);
                Assert.That((kept[i / 16] >> (i % 16) & 1) != 0, Is.EqualTo(keeps), $"{i} of {count}");
                Assert.That(factors[i], Is.EqualTo(keeps ? 65536f / Limit(ranks[i]) : 0), $"{i} of {count}");
            }
        }

        int Limit(int rank) => Math.Max(1, (int)MathF.Round(MathF.FusedMultiplyAdd(step, rank, lowest)));
    }

    [Test]
    public void CountBracket_AtEveryLength_ClassifiesEveryMagnitude(
        [Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Values(0f, 0.25f)] float low, [Values(0f, 0.25f, 0.5f, float.NaN)] float high)
    {
        uint lowBits = BitConverter.SingleToUInt32Bits(low);
        uint highBits = float.IsNaN(high) ? 0x7FFF_FFFF : BitConverter.SingleToUInt32Bits(high);
        if (highBits < lowBits)
        {
            return;
        }

        uint* inside = stackalloc uint[ChunkKernels.Capacity + 32];
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special, count);
            uint[] magnitudes = [.. Enumerable.Range(0, count).Select(i => BitConverter.SingleToUInt32Bits(chunks.Values[1][i] - chunks.Values[0][i]) & 0x7FFF_FFFF)];
            BracketCounts bracket = new(lowBits, highBits);
            bool finite = Over(width, type).CountBracket((void*)chunks.Addresses[1], (void*)chunks.Addresses[0], count, ref bracket, inside, out int found);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(finite, Is.EqualTo(magnitudes.All(bits => bits < 0x7F80_0000)));
                Assert.That(bracket.Above, Is.EqualTo(magnitudes.Count(bits => bits > highBits)));
                Assert.That(bracket.AtHigh, Is.EqualTo(magnitudes.Count(bits => bits == highBits)));
                Assert.That(bracket.AtLow, Is.EqualTo(lowBits == highBits ? 0 : magnitudes.Count(bits => bits == lowBits)));
                Assert.That(new Span<uint>(inside, found).SequenceEqual(magnitudes.Where(bits => bits > lowBits && bits < highBits).ToArray()), Is.True);
            }
        }
    }

    [Test]
    public void PairSums_AtEveryLength_EqualSixteenLanesOfDoubles([Range(0, 2)] int width)
    {
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(DataType.F32, count, special: false, count);
            double[] expected = Filled(2);
            double[] actual = Filled(2);
            for (int i = 0; i < count; i++)
            {
                expected[i % 16] += chunks.Values[0][i];
                expected[16 + (i % 16)] += chunks.Values[1][i];
            }

            fixed (double* sums = actual)
            {
                ChunkKernels.All[width].AddPairSums((float*)chunks.Addresses[0], (float*)chunks.Addresses[1], sums, sums + 16, count);
            }

            Assert.That(actual.AsSpan().SequenceEqual(expected), Is.True, $"{count}");
        }
    }

    [Test]
    public void AddSquares_AtEveryLength_EqualsSixteenLanesOfDoubles([Range(0, 2)] int width)
    {
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(DataType.F32, count, special: false, count);
            double[] expected = Filled(1);
            double[] actual = Filled(1);
            for (int i = 0; i < count; i++)
            {
                expected[i % 16] += (double)chunks.Values[0][i] * chunks.Values[0][i];
            }

            fixed (double* sums = actual)
            {
                ChunkKernels.All[width].AddSquares((float*)chunks.Addresses[0], sums, count);
            }

            Assert.That(actual.AsSpan().SequenceEqual(expected), Is.True, $"{count}");
        }
    }

    [Test]
    public void CountPositive_AtEveryLength_CountsWhatIsNotZero([Range(0, 2)] int width)
    {
        foreach (int count in Lengths.All)
        {
            float[] values = [.. Enumerable.Range(0, ChunkKernels.Capacity).Select(i => i >= count || i % 3 == 0 ? 0 : i % 7 == 0 ? MathF.Abs(float.NaN) : float.Epsilon * i)];
            fixed (float* place = values)
            {
                Assert.That(ChunkKernels.All[width].CountPositive(place, count), Is.EqualTo(values.LongCount(value => value != 0)), $"{count}");
            }
        }
    }

    [Test]
    public void AddGram_AtEveryLengthAndPlace_EqualsSixteenLanesOfDoubles([Range(0, 2)] int width, [Range(1, 5)] int vectors, [Values(0, 3)] int skipped)
    {
        foreach (int count in Lengths.All.Where(count => count >= skipped))
        {
            using Chunks chunks = new(DataType.F32, count, special: false, count);
            double[] expected = Filled(vectors * (vectors + 1) / 2);
            double[] actual = Filled(vectors * (vectors + 1) / 2);
            for (int right = 0, pair = 0; right < vectors; right++)
            {
                for (int left = 0; left <= right; left++, pair++)
                {
                    for (int i = skipped; i < count; i++)
                    {
                        expected[(pair * 16) + ((i - skipped) % 16)] += (double)chunks.Values[left][i] * chunks.Values[right][i];
                    }
                }
            }

            nint[] addresses = [.. chunks.Addresses.Select(address => address + (skipped * sizeof(float)))];
            fixed (nint* places = addresses)
            fixed (double* lanes = actual)
            {
                ChunkKernels.All[width].AddGram((float**)places, vectors, lanes, count - skipped);
            }

            Assert.That(actual.AsSpan().SequenceEqual(expected), Is.True, $"{count}");
        }
    }

    [Test]
    public void AddProductsEach_AtEveryLengthAndPlace_TouchesNothingElse([Range(0, 2)] int width, [Values(0, 3)] int skipped)
    {
        foreach (int count in Lengths.All.Where(count => count >= skipped))
        {
            using Chunks chunks = new(DataType.F32, count, special: false, count);
            double[] actual = [.. Enumerable.Repeat(0.5, count + 40)];
            fixed (double* sums = actual)
            {
                ChunkKernels.All[width].AddProductsEach(
                    (float*)chunks.Addresses[0] + skipped, (float*)chunks.Addresses[1] + skipped, sums + skipped, count - skipped);
            }

            Assert.That(actual, Is.EqualTo(actual.Select((_, i) =>
                i < skipped || i >= count ? 0.5 : 0.5 + ((double)chunks.Values[0][i] * chunks.Values[1][i]))), $"{count}");
        }
    }

    private static double[] Filled(int sums) => [.. Enumerable.Repeat(0.5, 16 * sums)];

    private static PassKernels Over(int width, DataType type) => ChunkKernels.All[width].Over(type)!;

    /// <summary>Results in storage: rounded once, and false exactly when one of them is not finite.</summary>
    private static void CheckStored(int width, DataType type, bool special, int inputs, Kernel kernel, Func<Chunks, Expected> reference)
    {
        Assert.That(inputs, Is.LessThan(5));
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special, count);
            Expected expected = reference(chunks);
            float[] results = [.. Enumerable.Range(0, count).Select(i => Round(expected(i), type))];
            bool finite = kernel(Over(width, type), chunks, (void*)chunks.Result, count);
            Assert.That(finite, Is.EqualTo(Array.TrueForAll(results, float.IsFinite)), $"{count}");
            if (finite || type == DataType.F32)
            {
                AssertSame(chunks.Results(type), results);
            }
        }
    }

    /// <summary>Results in floats, right even where something is not finite.</summary>
    private static void CheckFloats(int width, DataType type, bool special, Kernel kernel, Func<int, float, float> expected, Action<int>? after = null)
    {
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special, count);
            bool finite = kernel(Over(width, type), chunks, (void*)chunks.Result, count);
            float[] deltas = [.. Enumerable.Range(0, count).Select(i => chunks.Values[1][i] - chunks.Values[0][i])];
            Assert.That(finite, Is.EqualTo(Array.TrueForAll(deltas, float.IsFinite)), $"{count}");
            AssertSame(chunks.Results(DataType.F32), [.. deltas.Select((delta, i) => expected(i, delta))]);
            if (count > 0)
            {
                after?.Invoke(count);
            }
        }
    }

    /// <summary>Masks, bit by bit.</summary>
    private static void CheckMask(int width, DataType type, bool special, MaskKernel kernel, Func<int, int, bool> keeps, Action? after = null)
    {
        ushort* mask = stackalloc ushort[ChunkKernels.Capacity / ChunkKernels.Step];
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special, count);
            kernel(Over(width, type), chunks, mask, count);
            for (int i = 0; i < count; i++)
            {
                bool kept = (mask[i / ChunkKernels.Step] >> (i % ChunkKernels.Step) & 1) != 0;
                int bits = BitConverter.SingleToInt32Bits(MathF.Abs(chunks.Values[1][i] - chunks.Values[0][i]));
                Assert.That(kept, Is.EqualTo(keeps(i, bits)), $"{i} of {count}");
            }

            after?.Invoke();
        }
    }

    private static void AssertSame(float[] actual, float[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            // A masked element is plus zero here and there; which of two NaNs an addition returns is the processor's choice.
            if (BitConverter.SingleToUInt32Bits(actual[i]) != BitConverter.SingleToUInt32Bits(expected[i]) && !(float.IsNaN(actual[i]) && float.IsNaN(expected[i])))
            {
                Assert.Fail($"Element {i} of {expected.Length} is {actual[i]:R}, not {expected[i]:R}.");
            }
        }
    }

    private static float Round(float value, DataType type) => type switch
    {
        DataType.BF16 => BFloat16.FromSingle(value).ToSingle(),
        DataType.F16 => (float)(Half)value,
        _ => value,
    };

    /// <summary>A base and four models in storage, full of ties, each in a chunk of its own with zeros behind, four vectors of deltas, and two random masks.</summary>
    private sealed class Chunks : IDisposable
    {
        private readonly NativeBuffer _memory = new(12L * ChunkKernels.Capacity * sizeof(float));
        private readonly int _count;

        public Chunks(DataType type, int count, bool special, int seed)
        {
            _count = count;
            Random random = new(seed);
            nint start = _memory.DangerousGetHandle();
            nint Place(int index) => start + (index * ChunkKernels.Capacity * sizeof(float));
            Addresses = [.. Enumerable.Range(0, 5).Select(Place)];
            Deltas = [.. Enumerable.Range(5, 4).Select(Place)];
            Masks = [.. Enumerable.Range(9, 2).Select(Place)];
            Result = Place(11);
            Values = [.. Addresses.Select(place => Fill(place, type))];
            DeltaValues = [.. Deltas.Select(place => Fill(place, DataType.F32))];
            Array.ForEach(Masks, place => random.NextBytes(new Span<byte>((void*)place, ChunkKernels.Capacity / 8)));

            float[] Fill(nint place, DataType stored)
            {
                float[] values = new float[count];
                for (int i = 0; i < count; i++)
                {
                    float value = random.Next(4) == 0 ? (random.NextSingle() - 0.5f) * 1e-3f : (random.Next(9) - 4) / 8f;
                    values[i] = Round(special && random.Next(20) == 0 ? Specials[random.Next(Specials.Length)] : value, stored);
                }

                fixed (float* from = values)
                {
                    ChunkKernels.Best.Narrow(from, (void*)place, stored, count);
                }

                return values;
            }
        }

        public nint[] Addresses { get; }

        public nint[] Deltas { get; }

        public nint[] Masks { get; }

        public float[][] Values { get; }

        public float[][] DeltaValues { get; }

        public nint Result { get; }

        public bool Keeps(int mask, int i) => (((ushort*)Masks[mask])[i / ChunkKernels.Step] >> (i % ChunkKernels.Step) & 1) != 0;

        public float[] Results(DataType type)
        {
            float[] values = new float[_count];
            fixed (float* to = values)
            {
                ChunkKernels.Best.Widen((void*)Result, type, to, _count);
            }

            return values;
        }

        public void Dispose() => _memory.Dispose();
    }
}
