using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Search;

/// <summary>What a search merges with, and when it takes a candidate.</summary>
public sealed record SearchOptions
{
    private static readonly double[] Tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    /// <summary>Gets the merge method; it takes a <c>weight</c> for each model.</summary>
    /// <value><c>linear</c> by default, as in Model-GLUE.</value>
    public string Method
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    } = "linear";

    /// <summary>Gets the reference of the base model of the method.</summary>
    /// <value>Null by default.</value>
    public string? Base { get; init; }

    /// <summary>Gets the method's other parameters, such as <c>lambda</c>.</summary>
    public ParameterSet Parameters
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = ParameterSet.Empty;

    /// <summary>Gets the type of the merged model.</summary>
    /// <value>Null by default: the type of the models. What is scored is what is saved, rounded to it.</value>
    public DataType? OutputDataType { get; init; }

    /// <summary>Gets what every recipe of the search does with embeddings of different numbers of rows where there is no <see cref="Tokenizer"/>.</summary>
    /// <value><see cref="VocabularyPolicy.Method"/> by default.</value>
    public VocabularyPolicy Vocabulary { get; init; }

    /// <summary>Gets whose vocabulary every recipe of the search has.</summary>
    /// <value>Null by default: rows are merged by number, and the first model of the zoo in a merge without a base gives the tokenizer.</value>
    /// <remarks>Models whose vocabularies differ need it: with a union, or the vocabulary of a named model, nothing depends on the order of the zoo.</remarks>
    public MergeTokenizer? Tokenizer { get; init; }

    /// <summary>Gets the weights that what is merged so far is tried with; a candidate has what is left to 1.</summary>
    /// <value>0.1, 0.2 … 0.9 by default, as in Model-GLUE; each in (0, 1), at least one, none twice.</value>
    /// <remarks>The average heuristic does not use them.</remarks>
    public IReadOnlyList<double> Coefficients
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentOutOfRangeException.ThrowIfZero(value.Count, nameof(value));
            foreach (double coefficient in value)
            {
                if (!(coefficient is > 0 and < 1))
                {
                    throw new ArgumentOutOfRangeException(nameof(value), coefficient, "A coefficient is in (0, 1).");
                }
            }

            if (value.Distinct().Count() != value.Count)
            {
                throw new ArgumentException("A coefficient is tried once.", nameof(value));
            }

            field = [.. value];
        }
    } = Tenths;

    /// <summary>Gets how much better than what is merged so far a merge must be to be taken.</summary>
    /// <value>0 by default, as in Model-GLUE: a tie is taken, unless <see cref="Confidence"/> is set. Not negative, in the unit of the evaluator's merit.</value>
    public double MinimumGain
    {
        get;
        init
        {
            if (!(value >= 0 && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A gain is not negative and finite.");
            }

            field = value;
        }
    }

    /// <summary>Gets the level at which the gain must be above <see cref="MinimumGain"/>: the lower end of its interval, paired over the examples, must be above it, so that a tie is not taken.</summary>
    /// <value>Null by default: the gain itself must only reach it, so that noise is taken for gain. Else in (0, 1), such as 0.9; the evaluator must tell outcomes of examples.</value>
    /// <remarks>The interval is for one comparison: that the best of several coefficients is compared makes it too hopeful.</remarks>
    public double? Confidence
    {
        get;
        init
        {
            if (value is { } level && !(level is > 0 and < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A level is in (0, 1).");
            }

            field = value;
        }
    }

    /// <summary>Gets what happens when a merge or its evaluation fails.</summary>
    /// <value><see cref="FailurePolicy.LeaveOut"/> by default.</value>
    public FailurePolicy Failures { get; init; }

    /// <summary>Gets how many merges a search may score; known ones and failures count, so that a search that goes on from a journal ends where one in a single piece does.</summary>
    /// <value>At least 1; null by default: as many as the strategy likes. The models by themselves are always scored, and count.</value>
    /// <remarks>A round of a heuristic that would go beyond is not begun.</remarks>
    public int? MaxEvaluations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets the time after which a search begins nothing new.</summary>
    /// <value>Above zero; null by default: none. What such a search finds depends on the machine's speed; with a journal and more time it goes on.</value>
    /// <remarks>What is under way is finished: a round of a heuristic, or a generation of an optimiser.</remarks>
    public TimeSpan? TimeLimit
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets what tells the time.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider Time
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = TimeProvider.System;

    /// <summary>Gets how many merges are evaluated at a time; each is a model in memory.</summary>
    /// <value>1 by default; at least 1. It changes no result of an evaluator that is deterministic.</value>
    public int Workers
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets the file that records evaluations, so that a search that was killed goes on from them, and another search over the same models uses them.</summary>
    /// <value>Null by default: nothing is recorded. Models in memory cannot be recorded.</value>
    public string? JournalPath { get; init; }

    /// <summary>Gets how merges are carried out.</summary>
    public MergeOptions Merge
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();
}
