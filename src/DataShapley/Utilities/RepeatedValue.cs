using DataShapley.Games;

namespace DataShapley.Utilities;

/// <summary>The repetitions of one request: which come next, and their mean and error so far (Welford).</summary>
internal sealed class RepeatedValue(UtilityRequest request, RepeatedUtilityOptions options)
{
    private readonly RandomStreams _seeds = new(request.Seed, "repetitions");
    private int _count;
    private double _squares;

    public double Mean { get; private set; }

    private bool IsDone =>
        _count >= options.Minimum
        && (_count >= options.Maximum || !double.IsFinite(Mean) || Math.Sqrt(_squares / (_count - 1) / _count) <= options.RelativeError * Math.Abs(Mean));

    public IEnumerable<UtilityRequest> Next() => IsDone
        ? []
        : Enumerable.Range(_count, Math.Max(1, options.Minimum - _count)).Select(repeat => request with { Repeat = repeat, Seed = _seeds.Word(request.Repeat, repeat) });

    public void Add(double value)
    {
        double delta = value - Mean;
        Mean += delta / ++_count;
        _squares = Math.FusedMultiplyAdd(delta, value - Mean, _squares);
    }
}
