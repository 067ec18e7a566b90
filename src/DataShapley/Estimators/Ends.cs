using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>The values of nobody and of everybody: asked for once where they are functions, and anew in each draw where they are noisy, so that draws stay independent.</summary>
public sealed class Ends
{
    private readonly Coalition _empty;
    private readonly Coalition _full;
    private readonly bool _isFixed;
    private readonly double _emptyValue;
    private readonly double _fullValue;

    private Ends(Coalition empty, Coalition full, bool isFixed, double emptyValue, double fullValue)
    {
        _empty = empty;
        _full = full;
        _isFixed = isFixed;
        _emptyValue = emptyValue;
        _fullValue = fullValue;
    }

    /// <summary>Gets how many evaluations each draw takes for them.</summary>
    public int Cost => _isFixed ? 0 : 2;

    /// <summary>Evaluates them before the first draw, where they are functions.</summary>
    /// <param name="context">The run.</param>
    /// <param name="before">The evaluations before the draws.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    public static async Task<Ends> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(before);
        Coalition empty = Coalition.Empty(context.PlayerCount);
        Coalition full = Coalition.Full(context.PlayerCount);
        if (!context.Utility.IsDeterministic)
        {
            return new Ends(empty, full, isFixed: false, double.NaN, double.NaN);
        }

        double[] values = await before.EvaluateAsync([empty, full], cancellationToken).ConfigureAwait(false);
        return new Ends(empty, full, isFixed: true, values[0], values[1]);
    }

    /// <summary>Reads or evaluates them for one draw.</summary>
    /// <param name="draw">The draw.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    public async ValueTask<(double Empty, double Full)> AtAsync(Draw draw, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(draw);
        if (_isFixed)
        {
            return (_emptyValue, _fullValue);
        }

        double[] values = await draw.EvaluateAsync([_empty, _full], cancellationToken).ConfigureAwait(false);
        return (values[0], values[1]);
    }
}
