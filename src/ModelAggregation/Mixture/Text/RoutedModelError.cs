namespace ModelAggregation.Mixture.Text;

/// <summary>Why a routed model cannot be saved or opened.</summary>
public enum RoutedModelError
{
    /// <summary>The folder has no <c>routed.json</c>.</summary>
    NotFound,

    /// <summary><c>routed.json</c> is damaged, or of another format or version.</summary>
    FileInvalid,

    /// <summary><c>router.safetensors</c> is missing, damaged, or not the one that was saved with <c>routed.json</c>.</summary>
    RouterInvalid,

    /// <summary>The folder of a model is not there, or holds no model.</summary>
    ModelMissing,

    /// <summary>The files of a model are not those that the routed model was saved with.</summary>
    ModelChanged,

    /// <summary>A model is itself a routed one.</summary>
    Nested,

    /// <summary>The folder that was to be saved to holds a model of its own.</summary>
    FolderInUse,
}
