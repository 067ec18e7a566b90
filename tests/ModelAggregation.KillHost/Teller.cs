using ModelAggregation.Merging;

namespace ModelAggregation.KillHost;

/// <summary>Writes a line whenever another tensor is complete; the merge reports one thing at a time.</summary>
internal sealed class Teller : IProgress<MergeProgress>
{
    private int _told = -1;

    public void Report(MergeProgress value)
    {
        if (value.TensorsDone > _told)
        {
            _told = value.TensorsDone;
            Console.WriteLine($"done {_told}");
        }
    }
}
