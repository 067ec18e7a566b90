namespace ModelAggregation.Merging;

/// <summary>What to do with embeddings of different numbers of rows where a recipe has no <see cref="Recipes.MergeTokenizer"/>: rows are then taken by number, whatever token each stands for.</summary>
public enum VocabularyPolicy
{
    /// <summary>Cut to the base model's rows if the method needs a base model, else to the rows that all models have, as mergekit does.</summary>
    Method,

    /// <summary>Report a problem.</summary>
    Error,

    /// <summary>Cut to the rows that all models have.</summary>
    Common,

    /// <summary>Cut to the base model's rows; a model with fewer is a problem.</summary>
    Base,
}
