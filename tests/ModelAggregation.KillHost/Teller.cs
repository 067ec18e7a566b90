using ModelAggregation.Merging;

namespace ModelAggregation.KillHost;

/// <summary>Writes a line whenever another tensor is complete, counted over all stages; the merge reports one thing at a time.</summary>
internal sealed class Teller : IProgress<MergeProgress>
{
    private int _stage;
    private int _earlier;
    private int _done;
    private int _told = -1;

    public void Report(MergeProgress value)
    {
        if (value.StageNumber != _stage)
        {
            _stage = value.StageNumber;
            _earlier += _done;
        }

        _done = value.TensorsDone;
        if (_earlier + _done > _told)
        {
            _told = _earlier + _done;
            Console.WriteLine($"done {_told}");
        }
    }
}
