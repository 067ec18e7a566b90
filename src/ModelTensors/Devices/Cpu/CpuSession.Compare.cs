namespace ModelTensors.Devices.Cpu;

/// <content>Comparing two inputs.</content>
internal sealed unsafe partial class CpuSession
{
    public override TensorComparison Compare(int left, int right, long rowLength)
    {
        CheckInput(left, nameof(left));
        CheckInput(right, nameof(right));
        if (rowLength < 1 || Segments.ElementCount % rowLength != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(rowLength), rowLength, $"Rows of that length do not make up {Segments.ElementCount} elements.");
        }

        SegmentSums sums = new(Segments, 4);
        SegmentChanges[] changes = new SegmentChanges[Segments.Count];
        Run(new Pass(Used([left, right], -1), null, 1) { Floats = true }, _ => (feed, segment, start, count) =>
        {
            float* from = (float*)feed.Input(left);
            float* to = (float*)feed.Input(right);
            float* differences = (float*)feed.Scratch[0];
            fixed (double* leftLeft = sums.Lanes(segment, 0))
            fixed (double* leftRight = sums.Lanes(segment, 1))
            fixed (double* rightRight = sums.Lanes(segment, 2))
            fixed (double* squares = sums.Lanes(segment, 3))
            {
                Kernels.AddPairProducts(from, to, leftLeft, leftRight, rightRight, count);
                uint largest = Kernels.Differences(from, to, differences, count, out long changed);
                if (changed > 0)
                {
                    Kernels.AddProducts(differences, differences, squares, count);
                    changes[segment].Add(new ReadOnlySpan<float>(differences, count), start, rowLength, changed, largest);
                }
            }

            return true;
        });

        SegmentChanges total = default;
        foreach (SegmentChanges segment in changes)
        {
            total.Append(segment);
        }

        return new TensorComparison(
            sums.Total(0), sums.Total(1), sums.Total(2), sums.Total(3), BitConverter.UInt32BitsToSingle(total.Largest), total.Elements, total.Rows);
    }

    private void CheckInput(int input, string name)
    {
        if (input < 0 || input >= Inputs.Count)
        {
            throw new ArgumentOutOfRangeException(name, input, $"The session has {Inputs.Count} inputs.");
        }
    }
}
