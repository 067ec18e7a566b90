using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

/// <content>The kernels with weights for each element, and those that depend on distances from the base.</content>
public sealed unsafe partial class PassKernelTests
{
    private const float Epsilon = 0.2f;

    [Test]
    public void WeightedSumEach_AtEveryLength_EqualsAFusedLoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Values(1, 3)] int inputs) =>
        CheckStored(width, type, special, inputs, (kernels, chunks, destination, count) =>
        {
            fixed (nint* vectors = chunks.Addresses)
            fixed (nint* weights = chunks.Deltas)
            {
                return kernels.WeightedSumEach((void**)(vectors + 1), (float**)weights, inputs, destination, count);
            }
        }, chunks => i =>
        {
            float sum = chunks.DeltaValues[0][i] * chunks.Values[1][i];
            for (int j = 1; j < inputs; j++)
            {
                sum = MathF.FusedMultiplyAdd(chunks.DeltaValues[j][i], chunks.Values[j + 1][i], sum);
            }

            return sum;
        });

    [Test]
    public void AddDeltasEach_AtEveryLength_EqualsAFusedLoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Values(1, 3)] int inputs) =>
        CheckStored(width, type, special, inputs, (kernels, chunks, destination, count) =>
        {
            fixed (nint* vectors = chunks.Addresses)
            fixed (nint* weights = chunks.Deltas)
            {
                return kernels.AddDeltasEach((void*)vectors[0], (void**)(vectors + 1), (float**)weights, inputs, destination, count);
            }
        }, chunks => i =>
        {
            float origin = chunks.Values[0][i];
            float sum = chunks.DeltaValues[0][i] * (chunks.Values[1][i] - origin);
            for (int j = 1; j < inputs; j++)
            {
                sum = MathF.FusedMultiplyAdd(chunks.DeltaValues[j][i], chunks.Values[j + 1][i] - origin, sum);
            }

            return origin + sum;
        });

    [Test]
    public void Differences_AtEveryLength_EqualALoop([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Values(0, 1)] int looked)
    {
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special, count);
            float[][] expected = [.. Enumerable.Range(1, 2).Select(j => chunks.Values[j].Zip(chunks.Values[0], (value, origin) => value - origin).ToArray())];
            nint[] destinations = [chunks.Deltas[0], chunks.Deltas[1]];
            destinations[looked] = chunks.Result;
            fixed (nint* vectors = chunks.Addresses)
            fixed (nint* places = destinations)
            {
                bool finite = Over(width, type).Differences((void*)vectors[0], (void**)(vectors + 1), 2, (float**)places, count);
                Assert.That(finite, Is.EqualTo(expected.All(values => Array.TrueForAll(values, float.IsFinite))), $"{count}");
            }

            AssertSame(chunks.Results(DataType.F32), expected[looked]);
        }
    }

    [Test]
    public void Gram_AtEveryLength_EqualsSixteenLanesOfDoubles(
        [Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Range(2, 4)] int inputs, [Values] bool fromZeros)
    {
        foreach (int count in Lengths.All.Where(count => count % GramKernels.Pair == 0))
        {
            using Chunks chunks = new(type, count, special, count);
            double[] before = Filled(inputs * (inputs + 1) / 2);
            double[] expected = [.. before];
            double[] actual = [.. before];
            for (int i = 0; i < count; i++)
            {
                for (int right = 0, lane = i % 16; right < inputs; right++)
                {
                    for (int left = 0; left <= right; left++, lane += 16)
                    {
                        expected[lane] += (double)Difference(left, i) * Difference(right, i);
                    }
                }
            }

            float Difference(int vector, int i) => fromZeros ? chunks.Values[vector + 1][i] : chunks.Values[vector + 1][i] - chunks.Values[0][i];
            bool finite = Array.TrueForAll(expected, double.IsFinite);
            fixed (nint* vectors = chunks.Addresses)
            fixed (double* lanes = actual)
            {
                bool added = Over(width, type).Gram.TryAdd(fromZeros ? null : (void*)vectors[0], (void**)(vectors + 1), inputs, lanes, count);
                Assert.That(added, Is.EqualTo(finite), $"{count}");
            }

            Assert.That(actual.AsSpan().SequenceEqual(finite ? expected : before), Is.True, $"{count}");
        }
    }

    [Test]
    public void Gram_AddedToWhatIsNotFinite_AddsNothing([Range(2, 4)] int inputs)
    {
        using Chunks chunks = new(DataType.BF16, 64, special: false, 1);
        double[] before = Filled(inputs * (inputs + 1) / 2);
        before[^1] = double.NaN;
        double[] actual = [.. before];
        fixed (nint* vectors = chunks.Addresses)
        fixed (double* lanes = actual)
        {
            Assert.That(Over(0, DataType.BF16).Gram.TryAdd((void*)vectors[0], (void**)(vectors + 1), inputs, lanes, 64), Is.False);
        }

        Assert.That(actual, Is.EqualTo(before));
    }

    [Test]
    public void CountActive_AtEveryLength_CountsWhatIsAloneAndShared([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values(0f, Epsilon)] float epsilon)
    {
        long* unique = stackalloc long[3];
        long* active = stackalloc long[3];
        foreach (int count in Lengths.All)
        {
            using Chunks chunks = new(type, count, special: false, count);
            new Span<long>(unique, 3).Fill(7);
            new Span<long>(active, 3).Fill(8);
            bool[][] expected = [.. Enumerable.Range(1, 3).Select(j => chunks.Values[j].Zip(chunks.Values[0], (value, origin) => MathF.Abs(value - origin) > epsilon).ToArray())];
            fixed (nint* vectors = chunks.Addresses)
            {
                Assert.That(Over(width, type).CountActive((void*)vectors[0], (void**)(vectors + 1), 3, epsilon, unique, active, count));
            }

            for (int j = 0; j < 3; j++)
            {
                Assert.That(active[j], Is.EqualTo(8 + expected[j].Count(value => value)), $"{count}");
                Assert.That(unique[j], Is.EqualTo(7 + Enumerable.Range(0, count).Count(i => expected[j][i] && expected.Count(other => other[i]) == 1)), $"{count}");
            }
        }
    }

    [Test]
    public void ActiveMean_AtEveryLength_EqualsTheDefinition([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special) =>
        CheckStored(width, type, special, 3, (kernels, chunks, destination, count) =>
        {
            fixed (nint* vectors = chunks.Addresses)
            fixed (float* scales = _weights)
            {
                return kernels.ActiveMean((void*)vectors[0], (void**)(vectors + 1), scales, 3, Epsilon, destination, count);
            }
        }, chunks => i =>
        {
            float origin = chunks.Values[0][i];
            float sum = 0;
            float alone = 0;
            int active = 0;
            for (int j = 0; j < 3; j++)
            {
                float delta = chunks.Values[j + 1][i] - origin;
                if (!(MathF.Abs(delta) <= Epsilon))
                {
                    active++;
                    sum += delta;
                    alone = _weights[j] * delta;
                }
            }

            return origin + (active == 1 ? alone : active == 0 ? 0 : sum / active);
        });

    [Test]
    public void NearSwap_AtEveryLength_EqualsTheDefinition([Range(0, 2)] int width, [ValueSource(nameof(Types))] DataType type, [Values] bool special, [Values(0f, 1e-7f, 0.2f)] float distance) =>
        CheckStored(width, type, special, 1, (kernels, chunks, destination, count) =>
            kernels.NearSwap((void*)chunks.Addresses[0], (void*)chunks.Addresses[1], distance, destination, count), chunks => i =>
        {
            float origin = chunks.Values[0][i];
            float delta = chunks.Values[1][i] - origin;
            float apart = MathF.Max(MathF.Abs(delta), 1e-6f);
            return apart <= distance ? chunks.Values[1][i] : MathF.FusedMultiplyAdd(distance / apart, delta, origin);
        });
}
