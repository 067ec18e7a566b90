namespace ModelAggregation.Glue;

/// <summary>Why a pipeline cannot run or go on.</summary>
public enum GlueError
{
    /// <summary>The recipe cannot be carried out; the problems say why.</summary>
    Recipe,

    /// <summary>The output folder holds something else, or a run of another evaluation.</summary>
    OutputInUse,

    /// <summary>An artefact of an earlier run is damaged.</summary>
    ArtefactInvalid,

    /// <summary>Not one model of a family could be evaluated.</summary>
    NothingEvaluated,

    /// <summary>A model that was written has other scores than the merge that was selected: the evaluator does not give the same scores twice.</summary>
    ScoreChanged,
}
