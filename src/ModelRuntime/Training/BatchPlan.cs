using ModelTensors;

namespace ModelRuntime.Training;

/// <summary>Which examples each step takes: a function of the step's number, the examples and the settings, so that a resumed training needs no state for it.</summary>
internal sealed class BatchPlan
{
    private readonly IReadOnlyList<TrainingExample> _examples;
    private readonly TrainingOptions _options;
    private readonly PhiloxKey _orderKey;
    private readonly int _stepsPerEpoch;
    private int[] _order;
    private int _orderedEpoch = -1;

    public BatchPlan(IReadOnlyList<TrainingExample> examples, TrainingOptions options)
    {
        _examples = examples;
        _options = options;
        _orderKey = Philox.DeriveKey(options.Seed, "training", "order");
        _stepsPerEpoch = (int)(((long)examples.Count + options.BatchSize - 1) / options.BatchSize);
        _order = [.. Enumerable.Range(0, examples.Count)];
        Steps = options.Steps ?? checked(options.Epochs * _stepsPerEpoch);
    }

    public int Steps { get; }

    /// <summary>The parts of a step, in order.</summary>
    public List<MicroBatch> PartsOf(int step)
    {
        int epoch = step / _stepsPerEpoch;
        if (_options.ShufflesExamples && epoch != _orderedEpoch)
        {
            _order = Shuffle(epoch);
            _orderedEpoch = epoch;
        }

        int first = step % _stepsPerEpoch * _options.BatchSize;
        List<MicroBatch> parts = [];
        List<TrainingExample> part = [];
        long tokens = 0;
        foreach (int index in _order.AsSpan(first, Math.Min(_options.BatchSize, _order.Length - first)))
        {
            TrainingExample example = _examples[index];
            if (part.Count > 0 && tokens + example.Tokens.Length > _options.MicroBatchTokens)
            {
                parts.Add(MicroBatch.Of(part));
                part.Clear();
                tokens = 0;
            }

            part.Add(example);
            tokens += example.Tokens.Length;
        }

        parts.Add(MicroBatch.Of(part));
        return parts;
    }

    private int[] Shuffle(int epoch) =>
    [
        .. Enumerable.Range(0, _examples.Count)
            .OrderBy(index => Philox.Block((ulong)index, (ulong)epoch, _orderKey)),
    ];
}
