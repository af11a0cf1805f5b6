import { createHash } from 'node:crypto';
import { addonSource } from './pins.mjs';
import { SetupError } from './terminal.mjs';

/**
 * The addon of @tensorflow/tfjs-node-gpu 4.22.0 hands JavaScript's memory to TensorFlow and releases its reference
 * to it in a callback. TensorFlow calls that callback on a thread of its own, where Node-API must not be used: about
 * two runs of a hundred crash. The patched addon copies the values into TensorFlow's memory instead, so that nothing
 * is shared and nothing is called back.
 *
 * @type {readonly { find: string, replace: string }[]}
 */
const changes = [
  {
    find: `  // Sharing V8 memory with the underlying TensorFlow tensor requires adding an
  // additional refcount. When the Tensor is deleted, the refcount will be
  // reduced in the callback helper.
  NapiAutoRef *auto_ref = new NapiAutoRef();
  nstatus = auto_ref->Init(env, array_value);
  if (nstatus != napi_ok) {
    delete auto_ref;
  }
  ENSURE_NAPI_OK_RETVAL(env, nstatus, nullptr);
`,
    replace: '',
  },
  {
    find: `  TF_AutoTensor tensor(TF_NewTensor(dtype, shape, shape_length, array_data,
                                    byte_size, DeallocTensor, auto_ref));
`,
    replace: `  // AMLP Studio: a copy; memory shared with V8 would be released on another thread.
  TF_AutoTensor tensor(
      TF_AllocateTensor(dtype, shape, shape_length, byte_size));
  if (byte_size > 0) memcpy(TF_TensorData(tensor.tensor), array_data, byte_size);
`,
  },
  {
    find: `  if (TF_GetCode(tf_status.status) != TF_OK) {
    delete auto_ref;
    TFE_DeleteTensorHandle(tfe_tensor_handle);
  }
  ENSURE_TF_OK_RETVAL(env, tf_status, nullptr);

  return tfe_tensor_handle;
}

// Creates a TFE_TensorHandle from a JS array of Uint8Array values.
`,
    replace: `  ENSURE_TF_OK_RETVAL(env, tf_status, nullptr);

  return tfe_tensor_handle;
}

// Creates a TFE_TensorHandle from a JS array of Uint8Array values.
`,
  },
  {
    find: `// Callback to cleanup extra reference count for shared V8/TF tensor memory:
static void DeallocTensor(void *data, size_t len, void *arg) {
  NapiAutoRef *auto_ref = static_cast<NapiAutoRef *>(arg);
  if (!auto_ref) {
#if DEBUG
    fprintf(stderr, "Invalid NapiAutoRef reference passed to V8 cleanup\\n");
#endif
    return;
  }
  if (auto_ref->Cleanup() != napi_ok) {
#if DEBUG
    fprintf(stderr, "Exception cleaning up napi_ref instance\\n");
#endif
  }
  delete auto_ref;
}

`,
    replace: '',
  },
];

/**
 * The addon's source with our changes.
 * @param {string} source text of `binding/tfjs_backend.cc`
 * @returns {string}
 * @throws {SetupError} if the source is not the one that the changes were made for
 */
export function patchAddon(source) {
  const hash = createHash('sha256').update(source).digest('hex');
  if (hash !== addonSource.sha256)
    throw new SetupError(
      `${addonSource.file} of @tensorflow/tfjs-node-gpu is not the version that AMLP Studio's patch was made for.`,
      'Run npm ci. If the version was raised on purpose, look at scripts/setup/addon-patch.mjs first.',
    );
  let patched = source;
  for (const { find, replace } of changes) {
    if (patched.split(find).length !== 2)
      throw new SetupError(`AMLP Studio's patch does not fit ${addonSource.file}.`);
    patched = patched.replace(find, () => replace);
  }
  return patched;
}
