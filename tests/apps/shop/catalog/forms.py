# SPDX-License-Identifier: Apache-2.0
import hashlib

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat

from catalog.models import Photo, Review

# The first bytes of the picture formats that browsers show.
SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


class ReviewForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["author", "stars", "text"]
        labels = {"author": "Your name", "text": "Your review"}
        widgets = {
            "stars": forms.Select(choices=[(n, "★" * n) for n in range(5, 0, -1)]),
            "text": forms.Textarea(attrs={"rows": 4}),
        }


class PhotoForm(forms.ModelForm):
    class Meta:
        model = Photo
        fields = ["file"]
        labels = {"file": "Photo"}
        widgets = {"file": forms.FileInput(attrs={"accept": "image/*"})}

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > settings.PHOTO_MAX_BYTES:
            limit = filesizeformat(settings.PHOTO_MAX_BYTES)
            raise forms.ValidationError(f"The photo is larger than {limit}.")
        head = upload.read(16)
        upload.seek(0)
        for signature, content_type in SIGNATURES.items():
            if head.startswith(signature):
                self.instance.content_type = content_type
                return upload
        raise forms.ValidationError("Only PNG, JPEG and GIF pictures can be shown.")

    def save(self, commit=True):
        upload = self.cleaned_data["file"]
        digest = hashlib.sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        self.instance.size = upload.size
        self.instance.sha256 = digest.hexdigest()
        return super().save(commit)
