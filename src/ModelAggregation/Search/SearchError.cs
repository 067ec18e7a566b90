namespace ModelAggregation.Search;

/// <summary>Why a search has no result.</summary>
public enum SearchError
{
    /// <summary>Not one of the models could be evaluated.</summary>
    NothingEvaluated,

    /// <summary>An interval is asked for, but the evaluator tells no outcomes of the same examples.</summary>
    NoPairs,

    /// <summary>Evaluations are to be recorded, but models are in memory, where a later process would not find the same ones.</summary>
    ModelsInMemory,

    /// <summary>The journal holds a score that is none of the evaluator's.</summary>
    JournalInvalid,

    /// <summary>A model has fewer layers than groups are asked for.</summary>
    TooFewLayers,

    /// <summary>Models are selected and reported on by examples that they share.</summary>
    SharedExamples,
}
