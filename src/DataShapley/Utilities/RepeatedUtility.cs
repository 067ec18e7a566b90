using DataShapley.Games;

namespace DataShapley.Utilities;

/// <summary>The mean of a noisy utility: each coalition is repeated until the standard error of the mean is small enough.</summary>
/// <remarks>
/// The repetitions get seeds that follow from the coalition's, so that the mean is a function of the coalition: it is cached, shared between draws and resumed.
/// What noise is left in it does not average out over draws; where that matters, value the noisy utility itself, whose draws are independent.
/// </remarks>
public sealed class RepeatedUtility : IUtility
{
    private readonly IUtility _noisy;
    private readonly RepeatedUtilityOptions _options;

    /// <summary>Creates the utility.</summary>
    /// <param name="noisy">The utility to repeat; its value is a function of the coalition, the repetition and the seed.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    public RepeatedUtility(IUtility noisy, RepeatedUtilityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(noisy);
        _noisy = noisy;
        _options = options ?? new RepeatedUtilityOptions();
        using UtilityFingerprint fingerprint = new();
        Id = fingerprint.Add(noisy.Id).Add(_options.RelativeError).Add((long)_options.Minimum).Add((long)_options.Maximum).Finish("repeated");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount => _noisy.PlayerCount;

    /// <inheritdoc />
    public UtilityRange? Range => _noisy.Range;

    /// <inheritdoc />
    public int BatchSize => _noisy.BatchSize;

    /// <inheritdoc />
    /// <exception cref="UtilityException">The noisy utility gave more or fewer values than it was asked for.</exception>
    public async ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        RepeatedValue[] values = [.. requests.Select(request => new RepeatedValue(request, _options))];
        while (true)
        {
            // At first as many as there have to be, then one more each: what is asked of a coalition does not depend on the others in the batch.
            (RepeatedValue Value, UtilityRequest Request)[] asked = [.. values.SelectMany(value => value.Next().Select(request => (value, request)))];
            if (asked.Length == 0)
            {
                return [.. values.Select(value => value.Mean)];
            }

            foreach ((RepeatedValue Value, UtilityRequest Request)[] batch in asked.Chunk(_noisy.BatchSize))
            {
                IReadOnlyList<double> answers = await _noisy.EvaluateAsync([.. batch.Select(item => item.Request)], cancellationToken).ConfigureAwait(false);
                if (answers.Count != batch.Length)
                {
                    throw new UtilityException(
                        UtilityError.WrongCount, $"The utility '{_noisy.Id}' gave {answers.Count} values for {batch.Length} requests: it has to give one for each.", _noisy.Id, batch[0].Request.Coalition);
                }

                for (int i = 0; i < batch.Length; i++)
                {
                    batch[i].Value.Add(answers[i]);
                }
            }
        }
    }
}
