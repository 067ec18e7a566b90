namespace DataShapley.Datasets;

/// <summary>What the label column of a table holds.</summary>
public enum TargetKind
{
    /// <summary>The name of a class.</summary>
    Class,

    /// <summary>A number to predict.</summary>
    Number,
}
