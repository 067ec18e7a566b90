namespace DataShapley.Datasets;

/// <summary>What becomes of a record that cannot be read.</summary>
public enum MalformedPolicy
{
    /// <summary>Reading ends with a <see cref="DatasetException"/> that names the line.</summary>
    Throw,

    /// <summary>It is left out and counted. A container that is broken still throws: where its records end cannot be told.</summary>
    Skip,
}
