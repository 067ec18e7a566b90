using System.Numerics;
using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>The kernels over a chunk, for one vector width.</summary>
/// <typeparam name="TLanes">Sixteen floats.</typeparam>
/// <typeparam name="TDoubles">Sixteen doubles.</typeparam>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles> : ChunkKernels
    where TLanes : unmanaged, ILanes<TLanes>
    where TDoubles : unmanaged, IDoubleLanes<TDoubles, TLanes>
{
    private const uint MagnitudeMask = 0x7FFF_FFFF;

    public override string Description => $"{typeof(TLanes).Name["Lanes".Length..]}-bit vectors";

    public override void WeightedSum(float** inputs, float* weights, int inputCount, float* destination, int count)
    {
        for (int i = 0; i < count; i += Step)
        {
            TLanes sum = TLanes.Multiply(TLanes.Create(weights[0]), TLanes.Load(inputs[0] + i));
            for (int j = 1; j < inputCount; j++)
            {
                sum = TLanes.FusedMultiplyAdd(TLanes.Create(weights[j]), TLanes.Load(inputs[j] + i), sum);
            }

            TLanes.Store(sum, destination + i);
        }
    }

    public override void AddDeltas(float* origin, float** inputs, float* weights, int inputCount, float* destination, int count)
    {
        for (int i = 0; i < count; i += Step)
        {
            TLanes from = TLanes.Load(origin + i);
            TLanes sum = TLanes.Multiply(TLanes.Create(weights[0]), TLanes.Subtract(TLanes.Load(inputs[0] + i), from));
            for (int j = 1; j < inputCount; j++)
            {
                sum = TLanes.FusedMultiplyAdd(TLanes.Create(weights[j]), TLanes.Subtract(TLanes.Load(inputs[j] + i), from), sum);
            }

            TLanes.Store(TLanes.Add(from, sum), destination + i);
        }
    }

    public override void AddSum(float* origin, float** inputs, int inputCount, float lambda, float* destination, int count)
    {
        TLanes factor = TLanes.Create(lambda);
        for (int i = 0; i < count; i += Step)
        {
            TLanes sum = TLanes.Load(inputs[0] + i);
            for (int j = 1; j < inputCount; j++)
            {
                sum = TLanes.Add(sum, TLanes.Load(inputs[j] + i));
            }

            TLanes.Store(TLanes.FusedMultiplyAdd(factor, sum, TLanes.Load(origin + i)), destination + i);
        }
    }

    public override void Delta(float* input, float* origin, float weight, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        for (int i = 0; i < count; i += Step)
        {
            TLanes.Store(TLanes.Multiply(factor, TLanes.Subtract(TLanes.Load(input + i), TLanes.Load(origin + i))), destination + i);
        }
    }

    public override void DeltaAbove(
        float* input, float* origin, float weight, uint threshold, ref TieCursor ties, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes limit = TLanes.CreateBits(threshold);
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        TieCursor cursor = ties;
        float* all = stackalloc float[Step];
        for (int i = 0; i < count; i += Step)
        {
            TLanes delta = TLanes.Subtract(TLanes.Load(input + i), TLanes.Load(origin + i));
            TLanes bits = TLanes.And(delta, magnitude);
            TLanes weighted = TLanes.Multiply(factor, delta);
            TLanes.Store(TLanes.And(weighted, TLanes.BitsGreater(bits, limit)), destination + i);

            // A tie at a threshold of zero changes nothing whether it is kept or not, so the zeros behind the last element do no harm.
            uint tied = TLanes.MaskBits(TLanes.BitsEqual(bits, limit));
            if (tied != 0)
            {
                TLanes.Store(weighted, all);
                for (; tied != 0; tied &= tied - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(tied);
                    if (cursor.KeepsNext())
                    {
                        destination[i + lane] = all[lane];
                    }
                }
            }
        }

        ties = cursor;
    }

    public override void DeltaRandom(
        float* input, float* origin, float weight, PhiloxKey key, long firstBlock, uint limit, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes bound = TLanes.CreateBits(limit);
        TLanes lowHalf = TLanes.CreateBits(0xFFFF);
        PhiloxRoundKeys keys = new(key);
        for (int i = 0; i < count; i += Philox.ElementsPerBlock, firstBlock++)
        {
            TLanes.Philox((ulong)firstBlock * Step, &keys, out TLanes word0, out TLanes word1, out TLanes word2, out TLanes word3);
            DeltaBelow(input + i, origin + i, factor, bound, TLanes.And(word0, lowHalf), destination + i);
            DeltaBelow(input + i + 16, origin + i + 16, factor, bound, TLanes.ShiftBitsRight(word0, 16), destination + i + 16);
            DeltaBelow(input + i + 32, origin + i + 32, factor, bound, TLanes.And(word1, lowHalf), destination + i + 32);
            DeltaBelow(input + i + 48, origin + i + 48, factor, bound, TLanes.ShiftBitsRight(word1, 16), destination + i + 48);
            DeltaBelow(input + i + 64, origin + i + 64, factor, bound, TLanes.And(word2, lowHalf), destination + i + 64);
            DeltaBelow(input + i + 80, origin + i + 80, factor, bound, TLanes.ShiftBitsRight(word2, 16), destination + i + 80);
            DeltaBelow(input + i + 96, origin + i + 96, factor, bound, TLanes.And(word3, lowHalf), destination + i + 96);
            DeltaBelow(input + i + 112, origin + i + 112, factor, bound, TLanes.ShiftBitsRight(word3, 16), destination + i + 112);
        }
    }

    public override void Elect(
        float* origin, float** deltas, float* weights, int deltaCount, bool normalize, float lambda, float* destination, int count)
    {
        TLanes zero = TLanes.CreateBits(0);
        TLanes one = TLanes.Create(1);
        TLanes signBit = TLanes.CreateBits(~MagnitudeMask);
        TLanes factor = TLanes.Create(lambda);
        for (int i = 0; i < count; i += Step)
        {
            TLanes total = TLanes.Load(deltas[0] + i);
            for (int j = 1; j < deltaCount; j++)
            {
                total = TLanes.Add(total, TLanes.Load(deltas[j] + i));
            }

            // Where minus was elected the deltas' signs are flipped for the comparison, so that "agrees" always means "above zero".
            TLanes flip = TLanes.AndNot(signBit, TLanes.GreaterOrEqual(total, zero));
            TLanes mixed = zero;
            TLanes divisor = zero;
            for (int j = 0; j < deltaCount; j++)
            {
                TLanes delta = TLanes.Load(deltas[j] + i);
                TLanes agrees = TLanes.BitsGreater(TLanes.Xor(delta, flip), zero);
                mixed = TLanes.Add(mixed, TLanes.And(delta, agrees));
                divisor = TLanes.Add(divisor, TLanes.And(TLanes.Create(weights[j]), agrees));
            }

            if (normalize)
            {
                mixed = TLanes.Divide(mixed, TLanes.Select(TLanes.BitsEqual(divisor, zero), one, divisor));
            }

            TLanes.Store(TLanes.FusedMultiplyAdd(factor, mixed, TLanes.Load(origin + i)), destination + i);
        }
    }

    public override void AddProducts(float* left, float* right, double* accumulators, int count)
    {
        TDoubles sums = TDoubles.Load(accumulators);
        for (int i = 0; i < count; i += Step)
        {
            sums = TDoubles.AddProduct(sums, TDoubles.Widen(TLanes.Load(left + i)), TDoubles.Widen(TLanes.Load(right + i)));
        }

        TDoubles.Store(sums, accumulators);
    }

    public override void AddPairProducts(float* left, float* right, double* leftLeft, double* leftRight, double* rightRight, int count)
    {
        TDoubles sumsLeftLeft = TDoubles.Load(leftLeft);
        TDoubles sumsLeftRight = TDoubles.Load(leftRight);
        TDoubles sumsRightRight = TDoubles.Load(rightRight);
        for (int i = 0; i < count; i += Step)
        {
            TDoubles a = TDoubles.Widen(TLanes.Load(left + i));
            TDoubles b = TDoubles.Widen(TLanes.Load(right + i));
            sumsLeftLeft = TDoubles.AddProduct(sumsLeftLeft, a, a);
            sumsLeftRight = TDoubles.AddProduct(sumsLeftRight, a, b);
            sumsRightRight = TDoubles.AddProduct(sumsRightRight, b, b);
        }

        TDoubles.Store(sumsLeftLeft, leftLeft);
        TDoubles.Store(sumsLeftRight, leftRight);
        TDoubles.Store(sumsRightRight, rightRight);
    }

    public override void AddMagnitudes(float* values, double* accumulators, int count)
    {
        TDoubles sums = TDoubles.Load(accumulators);
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        for (int i = 0; i < count; i += Step)
        {
            sums = TDoubles.Add(sums, TDoubles.Widen(TLanes.And(TLanes.Load(values + i), magnitude)));
        }

        TDoubles.Store(sums, accumulators);
    }

    public override int CountBracket(float* input, float* origin, int count, ref BracketCounts bracket, uint* inside)
    {
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        TLanes low = TLanes.CreateBits(bracket.Low);
        TLanes high = TLanes.CreateBits(bracket.High);
        TLanes belowLow = TLanes.CreateBits(unchecked(bracket.Low - 1));
        TLanes belowHigh = TLanes.CreateBits(unchecked(bracket.High - 1));

        // Subtracting a mask, all ones where set, counts it in its lane: four comparisons give all five classes.
        TLanes fromLow = TLanes.CreateBits(0);
        TLanes aboveLow = fromLow;
        TLanes fromHigh = fromLow;
        TLanes aboveHigh = fromLow;
        uint* next = inside;
        for (int i = 0; i < count; i += Step)
        {
            TLanes bits = TLanes.And(TLanes.Subtract(TLanes.Load(input + i), TLanes.Load(origin + i)), magnitude);
            TLanes isAboveLow = TLanes.BitsGreater(bits, low);
            TLanes isFromHigh = TLanes.BitsGreater(bits, belowHigh);
            fromLow = TLanes.SubtractBits(fromLow, TLanes.BitsGreater(bits, belowLow));
            aboveLow = TLanes.SubtractBits(aboveLow, isAboveLow);
            fromHigh = TLanes.SubtractBits(fromHigh, isFromHigh);
            aboveHigh = TLanes.SubtractBits(aboveHigh, TLanes.BitsGreater(bits, high));
            next += TLanes.StoreCompressed(bits, TLanes.AndNot(isAboveLow, isFromHigh), next);
        }

        // Stored before anything is called: a vector that lived across a call would live in memory during the loop as well.
        uint* counts = stackalloc uint[4 * Step];
        TLanes.Store(fromLow, (float*)counts);
        TLanes.Store(aboveLow, (float*)(counts + Step));
        TLanes.Store(fromHigh, (float*)(counts + (2 * Step)));
        TLanes.Store(aboveHigh, (float*)(counts + (3 * Step)));

        // The zeros that fill the last step are not elements of the tensor; a bracket that begins at zero has counted them.
        int padding = -count & (Step - 1);
        long countAboveHigh = SumLanes(counts + (3 * Step));
        bracket.Above += countAboveHigh;
        bracket.AtHigh += SumLanes(counts + (2 * Step)) - countAboveHigh - (bracket.High == 0 ? padding : 0);
        bracket.AtLow += SumLanes(counts) - SumLanes(counts + Step) - (bracket.Low == 0 ? padding : 0);
        return (int)(next - inside);
    }

    private static long SumLanes(uint* lanes)
    {
        long sum = 0;
        for (int i = 0; i < Step; i++)
        {
            sum += lanes[i];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DeltaBelow(float* input, float* origin, TLanes factor, TLanes bound, TLanes draws, float* destination)
    {
        TLanes delta = TLanes.Subtract(TLanes.Load(input), TLanes.Load(origin));
        TLanes.Store(TLanes.And(TLanes.Multiply(factor, delta), TLanes.BitsGreater(bound, draws)), destination);
    }
}
